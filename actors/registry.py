"""The registry actor: it supervises one session, and one broadcast, per empresa."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from actors import messages as m
from actors.actor import Place, ThreadActor
from actors.answering import HandlerChanged, HandlerDue
from actors.children import Child, Children, RegistryParts
from actors.dead_letters import dead_letters
from actors.erasures import Erasures
from actors.errors import EmpresaErasing, EmpresaNotFound
from actors.gate import Gate
from actors.handler_children import HandlerChildren
from actors.looks import Look, Waiting
from actors.machine import Opened, Process, Session
from actors.machine.model import END_STATES
from actors.machine.steps import trying
from actors.publishing import is_news, publish_news
from actors.reply import Reply, ask_blocking
from actors.restart_policy import SESSION_RESTARTS, RestartRow
from actors.session import ForkserverDiedError, WorkerDiedError
from actors.shape import restored
from actors.status import Reason, State, Status

#: Seconds before a sender is started in place of one that died: what waits is in the database.
SENDER_SECONDS = 1.0


class RegistryActor(ThreadActor):
    """Starts every stored empresa's session, hands wishes on, and restarts what dies.

    One-for-one: an empresa's restarts are counted against that empresa alone. It never waits
    for a child: answers that a child has to give are handed on as the child's own reply.
    """

    def __init__(self, place: Place, parts: RegistryParts) -> None:
        super().__init__(place)
        self._parts = parts
        self._children = Children(parts, self.actor_ref)
        self._erasures = Erasures(parts, self._children, self.actor_ref)
        self._gate = Gate(parts, self._children, self.actor_ref)
        self._handlers = HandlerChildren(parts, self.actor_ref)
        self._stopping: Reply | None = None

    def look(self) -> Look:
        """For which common cause retries are held."""
        cause = self._gate.cause
        return Look(cause=cause.value if cause else None)

    def waiting_children(self) -> dict[str, Waiting]:
        """Which sessions wait, and for what."""
        return self._gate.waiting()

    def started(self) -> None:
        """Go on with what the database knows; those that connect do so a few at a time."""
        for stored in ask_blocking(self._parts.reader, m.StoredEmpresas()):
            session = _session_of(stored)
            child = self._children.add(stored.empresa_id, session.status)
            if stored.is_erasing:
                self._erasures.resume(child, session)
                continue
            if stored.has_handler:
                self._handlers.start(stored.empresa_id)
            connects = session.wanted and self._parts.clients.is_linked(stored.empresa_id)
            if connects and session.status.state not in END_STATES - {State.FAILED}:
                self._wait_for_turn(child, session)
            else:
                self._children.start_session(child, session)
        self._gate.give_turns()

    def receive(self, message: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 - one line a kind
        """Wishes and questions from the web, news and deaths from the children."""
        match message:
            case m.Connect() | m.Disconnect() | m.Logout() | m.Restart():
                return self._wish(message)
            case m.Erase() | m.ErasureStored() | m.UnlinkingOverdue() | m.EraserDue():
                return self._erasures.receive(message)
            case m.SessionChanged(session, pid):
                self._session_changed(session, pid)
            case m.ActorEnded():
                self._ended(message)
            case m.RetryWanted() | m.StartDue() | m.SessionTurn() | m.ProbeDue():
                if self._stopping is None:
                    self._gate.receive(message)
            case m.SessionRestartDue(empresa_id, attempt):
                self._restart_due(empresa_id, attempt)
            case m.SenderDue(empresa_id):
                self._sender_due(empresa_id)
            case HandlerChanged() | HandlerDue():
                self._handler_changed(message)
            case m.OpenBroadcast(empresa_id):
                return self._child(empresa_id).broadcast
            case m.BroadcastIdle(empresa_id):
                self._children.drop_if_unused(empresa_id)
            case m.SessionStatuses():
                return self._children.statuses()
            case m.CommonTrouble():
                return self._gate.trouble()
            case m.StopSessions():
                return self._stop_sessions()
            case _:
                super().receive(message)
        return None

    def ended(self, _error: BaseException | None) -> None:
        """Leave no child behind; their clients end with them."""
        self._handlers.stop_all()
        self._children.stop_all()

    def given_up(self) -> None:
        """As at its end: the next registry starts its own children."""
        self._handlers.stop_all()
        self._children.stop_all()

    def _child(self, empresa_id: int) -> Child:
        child = self._children.get(empresa_id)
        return child or self._children.add(empresa_id, None)

    def _wish(self, wish: m.Connect | m.Disconnect | m.Logout | m.Restart) -> Any:
        child = self._children.get(wish.empresa_id)
        if child is not None and child.erasure is not None:
            raise EmpresaErasing
        if isinstance(wish, m.Connect):
            child = child or self._children.add(wish.empresa_id, None)
        elif child is None or child.session is None:
            raise EmpresaNotFound
        if isinstance(wish, m.Connect | m.Restart) and _is_failed(child):
            child.row = RestartRow()
        if child.ref is None:
            fresh = Session(wish.empresa_id, _never_connected(), wanted=False, is_linked=False)
            opened = Opened(resume=child.resume)
            self._children.start_session(child, child.session or fresh, opened)
        answer = child.ask(wish)
        if isinstance(wish, m.Connect):
            self._gate.hurry(child.empresa_id)
        return answer

    def _session_changed(self, session: Session, pid: int | None) -> None:
        child = self._children.get(session.empresa_id)
        if child is not None:
            child.session, child.pid, child.said_at = session, pid, time.monotonic()
            self._erasures.session_changed(child)
            self._gate.session_changed(child)

    def _ended(self, death: m.ActorEnded) -> None:
        child = self._children.by_urn(death.urn)
        if child is None and (self._erasures.eraser_ended(death) or self._handlers.ended(death)):
            return
        if child is None:
            # Who was let go says that it has gone; anybody else is a stranger.
            if death.error is not None:
                dead_letters.add(type(self).__name__, death)
            return
        if death.urn == child.broadcast.actor_urn:
            if self._stopping is None:
                self._children.renew_broadcast(child)
            return
        if child.sender is not None and death.urn == child.sender.actor_urn:
            if death.error is not None and self._stopping is None:
                due = m.SenderDue(child.empresa_id)
                self._parts.timers.after(SENDER_SECONDS, self.actor_ref, due)
            return
        child.ref = child.pid = None
        if self._stopping is None and child.erasure and child.erasure.is_stored:
            self._gate.left(child.empresa_id)
            self._handlers.stop(child.empresa_id)
            self._erasures.session_ended(child)
        elif death.error is not None and self._stopping is None:
            self._session_died(child, death.error)
        self._settle_stop()

    def _session_died(self, child: Child, error: BaseException) -> None:
        assert child.session is not None  # noqa: S101 - it ran
        child.resume, before = _resumption(child.session), child.session
        child.session = replace(child.session, process=Process.NONE)
        if not isinstance(error, WorkerDiedError):
            child.session = _crashed(child.session)
        if is_news(before, child.session):
            publish_news(child.session, self._parts.archive, child.broadcast)
        is_common = self._gate.cause is not None or isinstance(error, ForkserverDiedError)
        if not is_common and not _is_failed(child):
            # What all have in common says nothing of this one: it does not use up its restarts.
            # Nor does one that is out of them earn new ones by lying still.
            child.row = child.row.died(time.monotonic(), SESSION_RESTARTS)
        child.restarts += 1
        jitter = random.random()  # noqa: S311 - it spreads restarts, it hides nothing
        self._gate.died(child, SESSION_RESTARTS.delay(max(1, child.row.count), jitter))

    def _restart_due(self, empresa_id: int, attempt: int) -> None:
        child = self._children.get(empresa_id)
        if child is None or child.session is None or child.ref is not None:
            return
        if attempt != child.restarts or self._stopping is not None:
            return
        if child.erasure is not None and child.erasure.is_stored:
            return  # its session has ended for good
        is_exhausted = child.row.is_exhausted(SESSION_RESTARTS)
        opened = Opened(is_exhausted=is_exhausted, resume=child.resume)
        self._children.start_session(child, child.session, opened)

    def _sender_due(self, empresa_id: int) -> None:
        child = self._children.get(empresa_id)
        if child is None or child.erasure is not None or self._stopping is not None:
            return
        if child.sender is None or not child.sender.is_alive():
            self._children.start_sender(child)

    def _handler_changed(self, message: HandlerChanged | HandlerDue) -> None:
        child = self._children.get(message.empresa_id)
        if child is None or self._stopping is not None:
            return
        if child.erasure is None or not child.erasure.is_stored:
            self._handlers.receive(message)

    def _wait_for_turn(self, child: Child, session: Session) -> None:
        number = session.last_number
        status = Status(State.CONNECTING, since=datetime.now(UTC), phone_number=number)
        child.session = replace(session, status=status)
        child.said_at = time.monotonic()
        publish_news(child.session, self._parts.archive, child.broadcast)
        self._gate.waits_for_turn(child)

    def _stop_sessions(self) -> Reply:
        if self._stopping is None:
            self._stopping = Reply()
            self._handlers.stop_all()
            self._children.stop_sessions()
            self._settle_stop()
        return self._stopping

    def _settle_stop(self) -> None:
        if self._stopping is not None and not self._children.has_sessions():
            self._stopping.settle()


def _session_of(stored: m.StoredEmpresa) -> Session:
    status = restored(stored.status) if stored.status else _never_connected()
    number = stored.status.phone_number if stored.status else None
    return Session(stored.empresa_id, status, stored.wanted, is_linked=False, last_number=number)


def _never_connected() -> Status:
    return Status(State.STOPPED, since=datetime.now(UTC))


def _is_failed(child: Child) -> bool:
    return child.session is not None and child.session.status.state is State.FAILED


def _resumption(session: Session) -> m.Connect | None:
    """The wish to repeat to the next session, as no pairing begins by itself."""
    if session.is_pairing and session.wanted:
        return m.Connect(session.empresa_id, session.pairing_phone)
    return None


def _crashed(session: Session) -> Session:
    """What is over stays so, and an unlinking goes on: neither is news to anybody."""
    if session.status.state in END_STATES or session.is_unlinking:
        return session
    return trying(session, Reason.INTERNAL_ERROR, datetime.now(UTC))
