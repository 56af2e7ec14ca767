"""Every actor there is, and how it fares: entered by the actors, read by anybody at any time.

As Erlang's process_info it asks no actor, so it answers while actors hang. An actor that died and
waits to be started again stays in it, with what it died of.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from actors.looks import ActorInfo, Failure, Look, Waiting

if TYPE_CHECKING:
    from actors.actor import Supervised

#: Seconds in which an actor takes up what waits, or ends what it does; else it is unresponsive.
RESPONSE_SECONDS = 2.0
#: Characters of a traceback that are kept: its end, where the error stands.
TRACEBACK_CHARACTERS = 20_000
#: And of its error: the beginning of the first line.
ERROR_CHARACTERS = 500
_NOT_WAITING = Waiting()


@dataclass(slots=True)
class _Seat:
    """A place in the tree, through all the lives of its actors."""

    class_name: str
    parent: str | None
    empresa_id: int | None
    actor: Supervised | None = None
    urn: str = ""
    started_at: float = 0.0
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
            if seat is None or seat.parent != parent:
                # A new supervisor may be quicker than what its predecessor leaves behind.
                seat = _Seat(type(actor).__name__, parent, place.empresa_id)
                self._seats[place.name] = seat
            seat.actor, seat.urn, seat.started_at = actor, actor.actor_urn, time.monotonic()
            seat.starts += 1
        self.changed(place.name)

    def leaves(self, actor: Supervised, error: BaseException | None) -> None:
        """Its life is over; with an error somebody is to start it again, and its place stays."""
        name = actor.place.name
        failure = None if error is None else _failure(error)
        with self._lock:
            seat = self._seats.get(name)
            if seat is None or seat.urn != actor.actor_urn:
                return
            seat.actor = None
            if failure is None:
                del self._seats[name]
            else:
                seat.failures += 1
                seat.last_failure = failure
        self.changed(name)

    def find(self, urn: str) -> Supervised | None:
        """The live actor of that URN."""
        for seat in self._all().values():
            if seat.urn == urn:
                return seat.actor
        return None

    def look(self, names: Collection[str] | None = None) -> tuple[ActorInfo, ...]:
        """All of them, or those of these names that there are; a parent before its children.

        On the event loop.
        """
        seats, now = self._all(), time.monotonic()
        found = seats if names is None else {n: seats[n] for n in names if n in seats}
        waiting = _waiting(seats)
        infos = [_info(name, seat, waiting, now) for name, seat in found.items()]
        return tuple(sorted(infos, key=_rank))

    def marks(self) -> dict[str, tuple[bool, Waiting]]:
        """By name, of each, what changes although nobody says so: `is_responsive`, `waiting`."""
        seats, now = self._all(), time.monotonic()
        waiting = _waiting(seats)
        return {
            name: (_is_responsive(seat.actor, now), waiting.get(name, _NOT_WAITING))
            for name, seat in seats.items()
        }

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
            lost = [
                name
                for name, seat in self._seats.items()
                if seat.actor is None and seat.parent not in alive
            ]
            for name in lost:
                del self._seats[name]
            seats = self._seats.copy()
        for name in lost:
            self.changed(name)
        return seats


def _waiting(seats: Mapping[str, _Seat]) -> dict[str, Waiting]:
    """Who waits, as the supervisors have it."""
    return {
        name: wait
        for seat in seats.values()
        if (actor := seat.actor) is not None
        for name, wait in actor.waiting_children().items()
    }


def _is_responsive(actor: Supervised | None, now: float) -> bool:
    if actor is None:
        return True
    return max(actor.load.oldest(now), actor.load.busy_for(now)) < RESPONSE_SECONDS


def _info(name: str, seat: _Seat, waiting: Mapping[str, Waiting], now: float) -> ActorInfo:
    actor = seat.actor
    load = actor.load if actor is not None else None
    p50, p99 = load.quantiles(now, 0.5, 0.99) if load else (None, None)
    return ActorInfo(
        urn=seat.urn,
        name=name,
        class_name=seat.class_name,
        parent=seat.parent,
        empresa_id=seat.empresa_id,
        is_alive=actor is not None,
        is_responsive=_is_responsive(actor, now),
        look=actor.look() if actor is not None else Look(),
        waiting=waiting.get(name, _NOT_WAITING),
        inbox=load.waiting() if load else 0,
        oldest=load.oldest(now) if load else 0.0,
        busy_with=load.busy_with if load else None,
        busy_for=load.busy_for(now) if load else 0.0,
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
    """Of any error, even one that cannot say what it is."""
    text = "".join(traceback.format_exception(error))[-TRACEBACK_CHARACTERS:]
    said = traceback.format_exception_only(error)[-1].strip().partition("\n")[0]
    return Failure(said[:ERROR_CHARACTERS], text, datetime.now(UTC))


census = Census()
