"""What changes in the tree of actors, told to everybody who follows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from actors.framing import frame
from actors.reply import call_on
from actors.seat import Seat
from actors.shape import iso
from web.actor_shape import shape

if TYPE_CHECKING:
    from actors.looks import ActorInfo
    from actors.messages import Listener
    from actors.tree import Tree

#: Seconds between two frames of changes, at least.
FRAME_SECONDS = 0.2
#: Seconds between two looks for what changes although nobody says so: who answers, who waits.
LOOK_SECONDS = 1.0
#: Frames on their way to one that does not read, before it is closed: some seconds' worth, as in
#: trouble each of them may hold hundreds of actors. Who comes again gets all of them anew.
PENDING_FRAMES = 25


@dataclass(slots=True)
class _Told:
    """What a follower may have been told of one place in the tree."""

    urns: set[str] = field(default_factory=set)
    mark: tuple[object, ...] = ()

    def replaced(self, info: ActorInfo) -> set[str]:
        """Those who had the place before; forgotten with this answer."""
        before, self.urns = self.urns, {info.urn}
        return before - self.urns


class ActorFeed:
    """Lives on the event loop. It watches the census for as long as anybody follows."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._seats: dict[Listener, Seat] = {}
        self._told: dict[str, _Told] = {}
        self._names: dict[str, None] = {}
        """Of the places that changed. Entered on any thread: each step is one of the dict's."""
        self._is_woken = False
        self._told_at = float("-inf")
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def join(self, listener: Listener) -> None:
        """Send it all of the tree, and then what changes."""
        if not self._seats:
            self._begin()
        seat = Seat(listener, 0, lambda: self.leave(listener), PENDING_FRAMES)
        self._seats[listener] = seat
        infos = self._tree.look()
        for info in infos:
            told = self._told.setdefault(info.name, _Told(mark=_mark(info)))
            told.urns.add(info.urn)
            if told.mark != _mark(info):
                # It and the others were told different things: all are told again.
                told.mark = ()
        seat.send(_frame("actors", [shape(info, {}) for info in infos]))

    def leave(self, listener: Listener) -> None:
        """It is gone; harmless twice."""
        if self._seats.pop(listener, None) is not None and not self._seats:
            self._end()

    def close(self) -> None:
        """Close all, as the server stops."""
        for seat in list(self._seats.values()):
            seat.close(1001, "server stopping")

    def _begin(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop_watching = self._tree.watch(self._heard)
        self._timers["look"] = self._loop.call_later(LOOK_SECONDS, self._look)

    def _end(self) -> None:
        self._stop_watching()
        for timer in self._timers.values():
            timer.cancel()
        for left in (self._timers, self._told, self._names):
            left.clear()

    def _heard(self, name: str) -> None:
        """Of a change; on any thread."""
        self._names[name] = None
        if not self._is_woken:
            self._is_woken = True
            # Where the loop has closed, so has every connection.
            call_on(self._loop, self._wake)

    def _wake(self) -> None:
        self._is_woken = False
        if self._seats and "flush" not in self._timers:
            due_at = max(self._loop.time(), self._told_at + FRAME_SECONDS)
            self._timers["flush"] = self._loop.call_at(due_at, self._flush)

    def _look(self) -> None:
        self._timers["look"] = self._loop.call_later(LOOK_SECONDS, self._look)
        for name, mark in self._tree.marks().items():
            told = self._told.get(name)
            if told is None or told.mark[: len(mark)] != mark:
                self._heard(name)

    def _flush(self) -> None:
        del self._timers["flush"]
        names = set()
        while self._names:
            names.add(self._names.popitem()[0])
        infos = self._tree.look(names)
        changed = [shape(info, {}) for info in infos if self._is_news(info)]
        gone = [urn for info in infos for urn in self._told[info.name].replaced(info)]
        for name in names - {info.name for info in infos}:
            gone += self._told.pop(name, _Told()).urns
        if changed or gone:
            self._told_at = self._loop.time()
            text = _frame("actors_changed", {"changed": changed, "gone": gone})
            for seat in list(self._seats.values()):
                seat.send(text)

    def _is_news(self, info: ActorInfo) -> bool:
        told = self._told.setdefault(info.name, _Told())
        before, told.mark = told.mark, _mark(info)
        return before != told.mark or told.urns != {info.urn}


def _mark(info: ActorInfo) -> tuple[object, ...]:
    """What makes it news; first what nobody says, as `Tree.marks` has it."""
    return info.is_responsive, info.waiting, info.state, info.look.pid, info.failures, info.restarts


def _frame(kind: str, data: Any) -> str:
    return frame({"type": kind, "at": iso(datetime.now(UTC)), "data": data})
