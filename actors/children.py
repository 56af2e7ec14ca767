"""What the registry knows of each empresa: its broadcast, its session, their restarts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors import outgoing as o
from actors.actor import Place
from actors.broadcast import BroadcastActor
from actors.dead_letters import tell
from actors.machine import Opened, Session
from actors.reply import Reply
from actors.restart_policy import RestartRow
from actors.sender import SenderActor
from actors.session import SessionActor, SessionParts
from actors.status import Status

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.directory import Directory
    from actors.files import Files
    from actors.governor import Settings
    from actors.hosting import Hosting
    from actors.timers import Timers
    from whatsapp.port import Clients


_AS_STORED = Opened()


def session_name(empresa_id: int) -> str:
    """Of its actor, in the log and in the tree."""
    return f"session of empresa {empresa_id}"


@dataclass(frozen=True, slots=True)
class RegistryParts:
    """What the registry is given."""

    clients: Clients
    archive: ActorRef[Any]
    reader: ActorRef[Any]
    directory: Directory
    files: Files
    timers: Timers
    loop: asyncio.AbstractEventLoop
    pace: Settings
    """How empresas send that have set nothing of their own."""
    hosting: Hosting
    """The message handlers."""


@dataclass(slots=True)
class Erasure:
    """How far an empresa's erasure has come."""

    is_stored: bool = False
    """Its mark is committed: it will happen, whatever else does."""
    askers: list[Reply] = field(default_factory=list)
    """Those who are answered once it is."""
    is_unlinked: bool = False
    eraser: ActorRef[Any] | None = None
    """From the end of the session on."""


@dataclass(slots=True)
class Child:
    """One empresa. Without a session, somebody only listens."""

    empresa_id: int
    broadcast: ActorRef[Any]
    session: Session | None = None
    said_at: float = 0.0
    """When the session said what it is, on the monotonic clock."""
    ref: ActorRef[Any] | None = None
    """None while the session waits to be restarted."""
    sender: ActorRef[Any] | None = None
    """From the first session on."""
    pid: int | None = None
    row: RestartRow = field(default_factory=RestartRow)
    restarts: int = 0
    resume: m.Connect | None = None
    erasure: Erasure | None = None
    """Given: nobody's wishes count any more."""

    def ask(self, message: object) -> Any:
        """Hand a wish on; the answer is the session's own reply."""
        assert self.ref is not None  # noqa: S101 - the caller has started it
        return self.ref.ask(message, block=False)


class Children:
    """Owned by the registry actor; not for any other thread."""

    def __init__(self, parts: RegistryParts, registry: ActorRef[Any]) -> None:
        self._parts = parts
        self._registry = registry
        self._by_id: dict[int, Child] = {}

    def get(self, empresa_id: int) -> Child | None:
        """The empresa, if it is known or listened to."""
        return self._by_id.get(empresa_id)

    def by_urn(self, urn: str) -> Child | None:
        """The empresa whose session or broadcast that is."""
        for child in self._by_id.values():
            refs = (child.broadcast, child.ref, child.sender)
            if any(ref and urn == ref.actor_urn for ref in refs):
                return child
        return None

    def add(self, empresa_id: int, status: Status | None) -> Child:
        """An empresa with a broadcast, which comes before its session."""
        child = Child(empresa_id, self._start_broadcast(empresa_id, status))
        self._by_id[empresa_id] = child
        return child

    def renew_broadcast(self, child: Child) -> None:
        """A broadcast in place of one that died; the session finds it in the directory."""
        status = child.session.status if child.session else None
        child.broadcast = self._start_broadcast(child.empresa_id, status)

    def _start_broadcast(self, empresa_id: int, status: Status | None) -> ActorRef[Any]:
        parts = self._parts
        place = Place(f"broadcast of empresa {empresa_id}", self._registry, empresa_id)
        ref = BroadcastActor.start(place, parts.loop, status, parts.archive, parts.reader)
        parts.directory.put_broadcast(empresa_id, ref)
        return ref

    def start_session(self, child: Child, session: Session, opened: Opened = _AS_STORED) -> None:
        """A session, from what is known of it."""
        parts = self._parts
        place = Place(session_name(child.empresa_id), self._registry, child.empresa_id)
        session_parts = SessionParts(parts.clients, parts.archive, parts.directory, parts.timers)
        now = time.monotonic()
        child.session, child.said_at, child.row = session, now, child.row.started(now)
        child.ref = SessionActor.start(place, session_parts, session, opened)
        parts.directory.put_session(child.empresa_id, child.ref)
        if child.sender is None:
            self.start_sender(child)

    def start_sender(self, child: Child) -> None:
        """A sender, also in place of one that died."""
        parts = self._parts
        place = Place(f"sender of empresa {child.empresa_id}", self._registry, child.empresa_id)
        child.sender = SenderActor.start(
            place, parts.loop, parts.directory, parts.files, parts.pace
        )
        parts.directory.put_sender(child.empresa_id, child.sender)
        # Now, and not before: the session finds it there.
        tell(child.ref, o.ClientAsked())

    def stop_sender(self, child: Child) -> None:
        """Nothing more is sent."""
        if child.sender is not None:
            tell(child.sender, m.Stop())

    def by_eraser(self, urn: str) -> Child | None:
        """The empresa that this actor erases."""
        for child in self._by_id.values():
            eraser = child.erasure.eraser if child.erasure else None
            if eraser and eraser.actor_urn == urn:
                return child
        return None

    def drop(self, child: Child, *last: object) -> None:
        """Forget it, tell its broadcast the last, and end that; its session is gone."""
        del self._by_id[child.empresa_id]
        self._strike_off(child)
        self.stop_sender(child)
        for message in (*last, m.Stop()):
            tell(child.broadcast, message)

    def drop_if_unused(self, empresa_id: int) -> None:
        """End the broadcast of an empresa that nobody connected."""
        child = self._by_id.get(empresa_id)
        if child is not None and child.session is None:
            self.drop(child)

    def stop_sessions(self) -> None:
        """Ask every session to end in order."""
        for child in self._by_id.values():
            if child.ref is not None:
                tell(child.ref, m.Stop())

    def has_sessions(self) -> bool:
        """Whether one is left."""
        return any(child.ref is not None for child in self._by_id.values())

    def stop_all(self) -> None:
        """Sessions, erasers and broadcasts."""
        self.stop_sessions()
        for child in self._by_id.values():
            if child.erasure and child.erasure.eraser:
                tell(child.erasure.eraser, m.Stop())
            self._strike_off(child)
            self.stop_sender(child)
            tell(child.broadcast, m.Stop())

    def _strike_off(self, child: Child) -> None:
        directory = self._parts.directory
        directory.remove_broadcast(child.empresa_id, child.broadcast)
        directory.remove_sending(child.empresa_id, child.ref, child.sender)

    def statuses(self) -> dict[int, tuple[Status, float]]:
        """Each known empresa's status, and its age in seconds."""
        now = time.monotonic()
        return {
            child.empresa_id: (child.session.status, now - child.said_at)
            for child in self._by_id.values()
            if child.session is not None
        }
