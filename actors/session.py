"""The session actor: one empresa's linked device. It owns the client and carries out decisions."""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from actors import incoming as i
from actors import machine
from actors import messages as m
from actors import outgoing as o
from actors import signals as s
from actors.actor import ExpectedEndError, Place, ThreadActor
from actors.breaker import cause_of
from actors.census import census
from actors.dead_letters import dead_letters, tell
from actors.looks import Look
from actors.machine import Do, NumberChanged, Wanted
from actors.machine.model import TIMERS
from actors.publishing import is_news, publish_news
from actors.reply import answering
from actors.restart_policy import LINK_RETRIES
from actors.sender_link import SenderLink
from actors.signal_link import SignalLink
from whatsapp.port import (
    Client,
    ClientEnded,
    Clients,
    ClientSpec,
    ClientStarted,
    Journalled,
    NumbersChecked,
    SignalAnswered,
    SignalSeen,
)

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.directory import Directory
    from actors.timers import Timers

#: Journalled events that are read at once where no client runs.
DRAIN_PAGE = 200


class WorkerDiedError(ExpectedEndError):
    """The client's process ended, and nothing had announced it."""


class ForkserverDiedError(WorkerDiedError):
    """It ended with the process from which all are forked: no fault of this empresa's."""


class EventsMissedError(ExpectedEndError):
    """The archive had to let go of journalled events: a fresh client reports them again."""


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What a session actor is given."""

    clients: Clients
    archive: ActorRef[Any]
    directory: Directory
    timers: Timers


class SessionActor(ThreadActor):
    """Supervised by the registry, which restarts it; it never restarts itself.

    Answers `Connect`, `Disconnect`, `Logout`, `Restart` as `messages.py` says, once the wish is
    stored. Dies with `WorkerDiedError` where the client's process ends unannounced.
    """

    def __init__(
        self, place: Place, parts: SessionParts, session: machine.Session, opened: machine.Opened
    ) -> None:
        super().__init__(place)
        self._parts = parts
        self._session = session
        self._empresa_id = session.empresa_id
        self._opened = opened
        self._client: Client | None = None
        self._pid: int | None = None
        self._generation = 0
        self._sending = SenderLink(self._empresa_id, parts.clients, parts.directory)
        self._signals = SignalLink()
        self._timers: dict[str, int] = dict.fromkeys(_DUE, 0)
        self._drained_to = 0
        self._heard_at: float | None = None
        self._offered_to = self._confirmed_to = 0
        """Journal entries that were handed to the archive, and those it has committed."""
        self._brought: deque[int] = deque()
        """Those of them that brought files, of which the receiver has not been told."""

    def look(self) -> Look:
        """Its state, and what is known of its client."""
        session, backlog = self._session, self._offered_to - self._confirmed_to
        return Look(
            state=session.status.state.value,
            pid=self._pid,
            link=replace(session.link, ack_ms=self._sending.ack_ms),
            heard_at=self._heard_at,
            backlog=max(0, backlog),
        )

    def started(self) -> None:
        """Go on from what is stored."""
        is_linked = self._parts.clients.is_linked(self._empresa_id)
        number = self._session.last_number if is_linked else None
        status = replace(self._session.status, phone_number=number)
        self._session = replace(self._session, is_linked=is_linked, status=status)
        self._happen(self._opened)
        self._sending.tell_again()

    def receive(self, message: Any) -> Any:
        """Wishes, the client's reports, deadlines, and the archive's confirmations."""
        match message:
            case m.Connect() | m.Disconnect() | m.Logout() | m.Restart():
                return self._wish(message)
            case m.ClientReported(generation, event):
                self._reported(generation, event)
            case m.TimerFired(name, generation):
                if self._timers[name] == generation:
                    self._happen(_DUE[name]())
            case m.EventsRecorded(_, entry_id):
                self._confirm(entry_id)
            case o.ClientAsked() | o.Dispatch() | o.SendOverdue() | o.FindLeft() | o.FindChat():
                return self._serve_sender(message)
            case s.SendSignal(signal):
                connected = self._session.status.connected
                return self._signals.send(signal, self._client, is_connected=connected)
            case m.EventsMissed(_, entry_id):
                raise EventsMissedError(f"from journal entry {entry_id} on")
            case _:
                super().receive(message)
        return None

    def ended(self, error: BaseException | None) -> None:
        """Leave no client behind."""
        if self._client is not None:
            self._client.end() if error is None else self._client.kill()

    def given_up(self) -> None:
        """Its successor's client waits for the end of this one."""
        if self._client is not None:
            self._client.kill()

    def _wish(self, wish: m.Connect | m.Disconnect | m.Logout | m.Restart) -> Any:
        answer = self._session.status.connected if isinstance(wish, m.Connect) else None
        wanted = self._session.wanted
        self._happen(wish)
        if self._session.wanted == wanted:
            return answer
        stored = self._parts.archive.ask(
            m.SetWanted(self._empresa_id, self._session.wanted), block=False
        )
        return answering(stored, answer)

    def _serve_sender(
        self, message: o.ClientAsked | o.Dispatch | o.SendOverdue | o.FindLeft | o.FindChat
    ) -> Any:
        match message:
            case o.ClientAsked():
                self._sending.tell_again()
            case o.Dispatch():
                self._sending.dispatch(message, self._client)
            case o.SendOverdue():
                if self._sending.is_about(message):
                    self._happen(machine.SendOverdue())
            case o.FindLeft():
                return self._sending.left(message)
            case o.FindChat():
                return self._sending.find_chat(message, self._client)
        return None

    def _reported(self, generation: int, event: Any) -> None:
        if generation != self._generation:
            dead_letters.add(type(self).__name__, event)
            return
        self._heard_at = time.monotonic()
        match event:
            case Journalled(_, kind):
                self._record_journalled(event)
                if kind == "sent":
                    self._sending.sent(event)
                elif kind == "message" and not event.data.get("history"):
                    self._sending.heard(event)
                return
            case NumbersChecked():
                self._sending.checked(event)
                return
            case SignalAnswered():
                self._signals.answered(event)
                return
            case SignalSeen():
                tell(self._broadcast, event)
                return
            case ClientStarted(pid, _):
                self._pid = pid
                census.changed(self.place.name)
            case ClientEnded():
                self._client = self._pid = None
                self._sending.client_ended()
                self._signals.client_ended()
                census.changed(self.place.name)
        self._happen(event)

    def _happen(self, event: Any) -> None:
        before = self._session
        self._session, effects = machine.decide(before, event, datetime.now(UTC))
        if before.is_linked and not self._session.is_linked:
            # Before anybody hears of it: a kill at this point must not bring them back.
            self._parts.clients.void(self._empresa_id)
        for effect in effects:
            if isinstance(effect, NumberChanged):
                self._record(_number_changed(effect))
        if before.status != self._session.status:
            census.changed(self.place.name)
        if is_news(before, self._session):
            publish_news(self._session, self._parts.archive, self._broadcast)
        else:
            tell(self._broadcast, m.StatusChanged(self._session.status))
        tell(self.place.monitor, m.SessionChanged(self._session, self._pid))
        for effect in effects:
            self._carry_out(effect, event)
        self._sending.tell(self._session.status)

    def _carry_out(self, effect: machine.Effect, event: Any) -> None:  # noqa: C901 - a line each
        match effect:
            case Do.START_CLIENT:
                self._start_client()
            case Do.END_CLIENT if self._client:
                self._client.end()
            case Do.KILL_CLIENT if self._client:
                self._client.kill()
            case Do.LOG_OUT if self._client:
                self._client.log_out()
            case Do.FORGET:
                self._parts.clients.forget(self._empresa_id)
            case Do.DRAIN_JOURNAL:
                self._drain()
            case Do.FAIL:
                is_common = event.cause == "forkserver_died"
                raise (ForkserverDiedError if is_common else WorkerDiedError)(event.detail)
            case Wanted(wanted) if not isinstance(
                event, m.Connect | m.Disconnect | m.Logout | m.Restart
            ):
                tell(self._parts.archive, m.SetWanted(self._empresa_id, wanted))
            case Do.RETRY_LATER:
                self._want_retry()
            case Do():
                self._set_timer(effect)

    @property
    def _broadcast(self) -> ActorRef[Any] | None:
        """The present one: it may have been restarted."""
        return self._parts.directory.broadcast(self._empresa_id)

    def _start_client(self) -> None:
        self._generation += 1
        self._sending.client_started()
        generation, ref = self._generation, self.actor_ref

        def report(event: Any) -> None:
            tell(ref, m.ClientReported(generation, event))

        spec = ClientSpec(self._empresa_id, self._session.pairing_phone)
        self._client = self._parts.clients.start(spec, report)

    def _set_timer(self, effect: Do) -> None:
        name, seconds = TIMERS.get(effect, ("progress", None))
        self._timers[name] += 1
        if seconds is not None:
            due = m.TimerFired(name, self._timers[name])
            self._parts.timers.after(seconds, self.actor_ref, due)

    def _want_retry(self) -> None:
        """The registry says when: it knows whether others fail too."""
        self._timers["retry"] += 1
        retries, cause = max(1, self._session.retries), cause_of(self._session.status)
        wait = LINK_RETRIES.delay(retries, random.random())  # noqa: S311 - jitter
        wanted = m.RetryWanted(self._empresa_id, self._timers["retry"], cause, wait)
        tell(self.place.monitor, wanted)

    def _record(self, *events: m.NewEvent) -> None:
        record = m.RecordEvents(self._empresa_id, events, reply_to=self.actor_ref)
        tell(self._parts.archive, record)

    def _record_journalled(self, *entries: Journalled) -> None:
        if not self._offered_to:
            self._confirmed_to = entries[0].entry_id - 1
        self._offered_to = entries[-1].entry_id
        self._brought.extend(entry.entry_id for entry in entries if entry.source is not None)
        self._record(*(_numbered(entry) for entry in entries))

    def _drain(self) -> None:
        page = self._parts.clients.unconfirmed(self._empresa_id, self._drained_to, DRAIN_PAGE)
        if page:
            self._drained_to = page[-1].entry_id
            self._record_journalled(*page)

    def _tell_receiver(self, entry_id: int) -> None:
        """That files are to be fetched, once their messages are stored."""
        has_some = bool(self._brought) and self._brought[0] <= entry_id
        while self._brought and self._brought[0] <= entry_id:
            self._brought.popleft()
        if has_some:
            tell(self._parts.directory.receiver, i.MediaWaits())

    def _confirm(self, entry_id: int) -> None:
        self._confirmed_to = entry_id
        self._tell_receiver(entry_id)
        if self._client is not None:
            self._client.confirm(entry_id)
            return
        self._parts.clients.confirm_stored(self._empresa_id, entry_id)
        if entry_id == self._drained_to:
            self._drain()


#: Each timer and what it means when it is due.
_DUE: dict[str, type] = {
    "progress": machine.ProgressOverdue,
    "pairing": machine.PairingOverdue,
    "unlink": machine.UnlinkOverdue,
    "retry": machine.RetryDue,
}


def _numbered(entry: Journalled) -> m.NewEvent:
    return m.NewEvent(
        entry.kind,
        entry.at,
        entry.data,
        entry.key,
        entry.entry_id,
        entry.own,
        entry.raw,
        entry.source,
    )


def _number_changed(change: NumberChanged) -> m.NewEvent:
    data = {"from": change.before, "to": change.after}
    return m.NewEvent("number_changed", datetime.now(UTC), data)
