"""Every actor there is, and how it fares: entered by the actors, read by anybody at any time.

As Erlang's process_info it asks no actor, so it answers while actors hang. An actor that died and
waits to be started again stays in it, with what it died of.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from actors.actor import Supervised
    from actors.status import Link, Status

#: Seconds in which an actor takes up what waits, or ends what it does; else it is unresponsive.
RESPONSE_SECONDS = 2.0


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
    children: dict[str, Waiting] = field(default_factory=dict)
    """Of a supervisor: who waits, by name."""
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


@dataclass(slots=True)
class _Seat:
    """A place in the tree, through all the lives of its actors."""

    actor: Supervised | None
    urn: str
    class_name: str
    parent: str | None
    empresa_id: int | None
    started_at: float
    starts: int = 0
    failures: int = 0
    last_failure: Failure | None = None


class Census:
    """One per process. Actors enter and leave on their own threads; reading waits for none."""

    def __init__(self) -> None:
        self._seats: dict[str, _Seat] = {}
        self._lock = threading.Lock()
        self._watchers: tuple[Callable[[str], None], ...] = ()

    def enters(self, actor: Supervised) -> None:
        """It begins a life."""
        place = actor.place
        parent = place.monitor.actor_urn if place.monitor is not None else None
        with self._lock:
            seat = self._seats.get(place.name)
            if seat is None or (seat.actor is None and seat.parent != parent):
                seat = _Seat(None, "", type(actor).__name__, parent, place.empresa_id, 0.0)
                self._seats[place.name] = seat
            seat.actor, seat.urn, seat.started_at = actor, actor.actor_urn, time.monotonic()
            seat.starts += 1
        self.changed(place.name)

    def leaves(self, actor: Supervised, error: BaseException | None) -> None:
        """Its life is over; with an error somebody is to start it again, and its place stays."""
        name = actor.place.name
        with self._lock:
            seat = self._seats.get(name)
            if seat is None or seat.urn != actor.actor_urn:
                return
            seat.actor = None
            if error is None:
                del self._seats[name]
            else:
                seat.failures += 1
                seat.last_failure = _failure(error)
        self.changed(name)

    def find(self, urn: str) -> Supervised | None:
        """The live actor of that URN."""
        for seat in self._all().values():
            if seat.urn == urn:
                return seat.actor
        return None

    def look(self) -> tuple[ActorInfo, ...]:
        """All of them, a parent before its children."""
        seats = self._all()
        now, looks = time.monotonic(), {n: s.actor.look() for n, s in seats.items() if s.actor}
        waiting = {name: wait for look in looks.values() for name, wait in look.children.items()}
        infos = [
            _info(name, seat, looks.get(name, Look()), waiting.get(name, Waiting()), now)
            for name, seat in seats.items()
        ]
        return tuple(sorted(infos, key=_rank))

    def watch(self, watcher: Callable[[str], None]) -> Callable[[], None]:
        """Call back, on whatever thread, with the name of each place that changes.

        The callback must neither raise nor block. Answers what ends it.
        """
        with self._lock:
            self._watchers += (watcher,)

        def end() -> None:
            with self._lock:
                self._watchers = tuple(each for each in self._watchers if each is not watcher)

        return end

    def changed(self, name: str) -> None:
        """What this place shows is not what it was."""
        for watcher in self._watchers:
            watcher(name)

    def _all(self) -> dict[str, _Seat]:
        """A copy, without those whom nobody is left to start again."""
        with self._lock:
            alive = {seat.urn for seat in self._seats.values() if seat.actor is not None}
            for name, seat in list(self._seats.items()):
                if seat.actor is None and seat.parent is not None and seat.parent not in alive:
                    del self._seats[name]
            return dict(self._seats)


def _info(name: str, seat: _Seat, look: Look, waiting: Waiting, now: float) -> ActorInfo:
    actor = seat.actor
    load = actor.load if actor is not None else None
    oldest = load.oldest(now) if load else 0.0
    busy_for = load.busy_for(now) if load else 0.0
    p50, p99 = load.quantiles(now, 0.5, 0.99) if load else (None, None)
    return ActorInfo(
        urn=seat.urn,
        name=name,
        class_name=seat.class_name,
        parent=seat.parent,
        empresa_id=seat.empresa_id,
        is_alive=actor is not None,
        is_responsive=max(oldest, busy_for) < RESPONSE_SECONDS,
        look=look,
        waiting=waiting,
        inbox=load.waiting() if load else 0,
        oldest=oldest,
        busy_with=load.busy_with if load else None,
        busy_for=busy_for,
        handled=load.handled if load else 0,
        per_second=load.per_second(now) if load else 0.0,
        p50=p50,
        p99=p99,
        started_at=datetime.now(UTC) - timedelta(seconds=now - seat.started_at),
        restarts=max(0, seat.starts - 1),
        failures=seat.failures,
        last_failure=seat.last_failure,
    )


def _rank(info: ActorInfo) -> tuple[bool, bool, int, str]:
    is_child = info.parent is not None
    return is_child, info.empresa_id is not None, info.empresa_id or 0, info.class_name


def _failure(error: BaseException) -> Failure:
    text = "".join(traceback.format_exception(error))
    return Failure(repr(error), text, datetime.now(UTC))


census = Census()
