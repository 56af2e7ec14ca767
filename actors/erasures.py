"""Erasing empresas, as the registry sees it: mark, unlink, end the session, remove, forget.

The mark is committed first. From then on the erasure happens, whatever is killed: a start finds
the mark and goes on with the unlinking.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.actor import Place
from actors.children import Child, Children, Erasure, RegistryParts
from actors.dead_letters import tell
from actors.eraser import EraserActor
from actors.errors import EmpresaNotFound, Unavailable
from actors.machine import Process, Session
from actors.machine.model import UNLINK_SECONDS
from actors.reply import Refused, Reply, when_settled
from actors.status import Reason, State

if TYPE_CHECKING:
    from pykka import ActorRef

logger = logging.getLogger("vendeai.registry")

#: Seconds after which the session is ended even if it has not said that the link is gone: it
#: has its own deadline, within these.
UNLINKING_SECONDS = UNLINK_SECONDS + 10.0
#: Seconds before an eraser is started in place of one that died: of no memory or no thread, which
#: may last.
RESTART_SECONDS = 1.0


class Erasures:
    """Owned by the registry actor; not for any other thread."""

    def __init__(self, parts: RegistryParts, children: Children, registry: ActorRef[Any]) -> None:
        self._parts = parts
        self._children = children
        self._registry = registry

    def receive(
        self, message: m.Erase | m.ErasureStored | m.UnlinkingOverdue | m.EraserDue
    ) -> Reply | None:
        """What the registry is told about erasures."""
        child = self._children.get(message.empresa_id)
        match message:
            case m.Erase():
                return self._begin(child)
            case m.ErasureStored(_, is_stored) if child and child.erasure:
                self._marked(child, child.erasure, is_stored=is_stored)
            case m.UnlinkingOverdue() if child and child.erasure and child.ref:
                tell(child.ref, m.Stop())
            case m.EraserDue() if child and child.erasure and child.erasure.is_stored:
                self._start_eraser(child)
        return None

    def _begin(self, child: Child | None) -> Reply | None:
        """Mark it; harmless twice. The answer comes once it is sure to happen."""
        if child is None or child.session is None:
            raise EmpresaNotFound
        if child.erasure is None:
            child.erasure = Erasure()
            self._mark(child.empresa_id)
        if child.erasure.is_stored:
            return None
        asker = Reply()
        child.erasure.askers.append(asker)
        return asker

    def _marked(self, child: Child, erasure: Erasure, *, is_stored: bool) -> None:
        """It is sure now, or was refused."""
        for asker in erasure.askers:
            asker.settle(None if is_stored else Refused(Unavailable()))
        if is_stored:
            logger.info("it is being erased", extra={"empresa_id": child.empresa_id})
            child.erasure = Erasure(is_stored=True)
            self._unlink(child)
        else:
            child.erasure = None

    def resume(self, child: Child, session: Session) -> None:
        """Go on with one that an earlier server has begun."""
        child.session = session
        child.erasure = Erasure(is_stored=True)
        if session.status.state is State.LOGGED_OUT:
            self.session_ended(child)
        else:
            self._unlink(child)

    def session_changed(self, child: Child) -> None:
        """End the session once nothing is linked any more."""
        session = child.session
        if child.erasure is None or not child.erasure.is_stored or session is None:
            return
        if not session.is_linked and session.process is Process.NONE:
            tell(child.ref, m.Stop())

    def session_ended(self, child: Child) -> None:
        """Nobody records anything of this empresa any more: remove what there is."""
        if child.erasure is None or child.session is None:
            return
        session = child.session
        is_unconfirmed = session.status.reason is Reason.UNLINK_UNCONFIRMED
        child.erasure.is_unlinked = not session.is_linked and not is_unconfirmed
        self._start_eraser(child)

    def eraser_ended(self, death: m.ActorEnded) -> bool:
        """Whether the dead was an eraser; in order, it has left nothing."""
        child = self._children.by_eraser(death.urn)
        if child is None or child.erasure is None:
            return False
        if death.error is not None:
            due = m.EraserDue(child.empresa_id)
            self._parts.timers.after(RESTART_SECONDS, self._registry, due)
            return True
        is_unlinked = child.erasure.is_unlinked
        log = logger.info if is_unlinked else logger.warning
        phone = "" if is_unlinked else "; WhatsApp was not told: the phone still lists the device"
        log("it is erased%s", phone, extra={"empresa_id": child.empresa_id})
        self._children.drop(child, m.Erased(is_unlinked))
        return True

    def _mark(self, empresa_id: int) -> None:
        registry = self._registry

        def tell_registry(is_stored: bool) -> None:
            tell(registry, m.ErasureStored(empresa_id, is_stored))

        marking = m.BeginErasure(empresa_id)
        when_settled(self._parts.archive.ask(marking, block=False), tell_registry)

    def _unlink(self, child: Child) -> None:
        assert child.session is not None  # noqa: S101 - it is known
        if child.ref is None:
            # As a session does that was cut off in the middle of an unlinking.
            was = child.session
            status = replace(was.status, state=State.CONNECTING, reason=Reason.UNLINKING)
            session = replace(was, status=status, wanted=False, is_linked=True)
            self._children.start_session(child, session)
        else:
            tell(child.ref, m.Logout(child.empresa_id))
        overdue = m.UnlinkingOverdue(child.empresa_id)
        self._parts.timers.after(UNLINKING_SECONDS, self._registry, overdue)

    def _start_eraser(self, child: Child) -> None:
        assert child.erasure is not None  # noqa: S101 - the callers know
        self._children.stop_sender(child)
        empresa_id, parts = child.empresa_id, self._parts
        place = Place(f"eraser of empresa {empresa_id}", self._registry, empresa_id)
        child.erasure.eraser = EraserActor.start(
            place, empresa_id, parts.clients, parts.files, parts.archive, parts.timers
        )
