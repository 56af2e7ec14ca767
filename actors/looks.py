"""What the tree of actors shows of each: plain values, read by anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.status import Link, Status


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why a child does not run, or does not try, as its supervisor knows it."""

    cause: str | None = None
    """The common cause for which it is held."""
    due_at: float | None = None
    """When it goes on, on the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one actor shows beside what all do."""

    state: str = "running"
    pid: int | None = None
    """Of a session's client process."""
    link: Link | None = None
    heard_at: float | None = None
    """When the client process last said anything, on the monotonic clock."""
    backlog: int | None = None
    """Journalled events of a session that are not committed yet."""
    listeners: int | None = None
    pending: int | None = None
    """Frames on their way to the listener that has most of them."""
    snapshot: Status | None = None
    """Of a broadcast: what the empresa's status question is answered with."""
    cause: str | None = None
    """Of the registry: the common cause for which retries are held."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What an actor died of."""

    error: str
    traceback: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ActorInfo:
    """What the tree shows of one actor. Times in seconds."""

    urn: str
    name: str
    class_name: str
    parent: str | None
    empresa_id: int | None
    is_alive: bool
    """False: it died, and waits to be started again."""
    is_responsive: bool
    look: Look
    waiting: Waiting
    inbox: int
    oldest: float
    busy_with: str | None
    busy_for: float
    handled: int
    per_second: float
    p50: float | None
    p99: float | None
    started_at: datetime
    restarts: int
    failures: int
    last_failure: Failure | None

    @property
    def state(self) -> str:
        """`running`, for a session its state; `restarting` for who waits to be started again."""
        return self.look.state if self.is_alive else "restarting"
