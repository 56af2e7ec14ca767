"""What waits, by lanes: in each chat in its order, and of the chats the one that may go first."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from heapq import heappop, heappush
from typing import NamedTuple

from actors.governor.pacing import Pacing


class Lane(StrEnum):
    """How a message goes out."""

    FAST = "fast"
    """An answer, or to a group, or a change: at once."""
    SLOW = "slow"
    """A first contact by a person."""
    BULK = "bulk"
    """A job's."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits."""

    id: str
    chat: str
    """The JID of the conversation."""
    heard_at: datetime | None = None
    """When somebody else last wrote in that chat."""
    is_job: bool = False
    """Of a job, not of a person or a handler."""
    is_change: bool = False
    """An edit, a deletion or a reaction: it changes what is there, and writes to nobody anew."""


class Gate(IntEnum):
    """What a chat's next message has to wait for; the lower goes first."""

    ANSWER = 0
    OPENED = 1
    """The chat counts for today already: opening hours and pauses alone."""
    CONTACT = 2
    JOB = 3


_GATES = tuple(Gate)
#: How the JID of a group ends. Nobody is in a group of strangers: what goes there is an answer.
_GROUP = "@g.us"
_EVER = datetime.max.replace(tzinfo=UTC)


class Decision(NamedTuple):
    """What goes now, or when something may."""

    message: Queued | None = None
    """Handed to the client now."""
    lane: Lane | None = None
    """Of that message."""
    wake_at: datetime | None = None
    """Where none goes now: decide again then, or as soon as anything changes. None: only then."""


@dataclass(slots=True)
class _Chat:
    id: str
    waiting: deque[tuple[int, Queued]] = field(default_factory=deque)
    """With their places in the queue."""
    people: int = 0
    """How many of them are no job's."""
    answered_until: datetime | None = None
    """Until when what is sent there is an answer."""

    def lane(self, now: datetime) -> Lane:
        """The best of all that wait: nothing waits for what stands before it in another lane."""
        if self.waiting[0][1].is_change:
            return Lane.FAST
        if not self.people:
            return Lane.BULK
        is_answer = self.answered_until is not None and now < self.answered_until
        return Lane.FAST if is_answer else Lane.SLOW


class Lanes:
    """Chats that wait. What is known of them only gets worse as time passes."""

    def __init__(
        self,
        queue: Iterable[Queued],
        held: Collection[str],
        pacing: Pacing,
        window: timedelta,
        now: datetime,
    ) -> None:
        """`queue`: in the order of acceptance. `held`: chats that are left out."""
        self._pacing = pacing
        self._heaps: tuple[list[tuple[int, _Chat]], ...] = tuple([] for _ in _GATES)
        # In the order of their places: each list is a heap already.
        for chat in _chats(queue, held, window):
            self._heaps[self._gate(chat, now)].append((chat.waiting[0][0], chat))

    def next(self, now: datetime) -> Decision:
        """Take the message that goes now, if there is one; it is counted as sent."""
        if not any(self._heaps):
            return Decision()
        held_until = self._pacing.held_until
        if held_until is not None and now < held_until:
            return Decision(wake_at=held_until)
        wakes = []
        for gate in _GATES:
            if self._top(gate, now) is None:
                continue
            ready = self._ready(gate, now)
            if ready is not None and ready <= now:
                return self._take(gate, now)
            if ready is not None:
                wakes.append(ready)
        return Decision(wake_at=min(wakes, default=None))

    def _ready(self, gate: Gate, now: datetime) -> datetime | None:
        match gate:
            case Gate.ANSWER:
                return now
            case Gate.OPENED:
                return self._pacing.open_at(now)
            case Gate.CONTACT | Gate.JOB:
                return self._pacing.contact_at(now, is_job=gate is Gate.JOB)

    def _gate(self, chat: _Chat, now: datetime) -> Gate:
        lane = chat.lane(now)
        if lane is Lane.FAST:
            return Gate.ANSWER
        if self._pacing.is_opened(chat.id, now):
            return Gate.OPENED
        return Gate.CONTACT if lane is Lane.SLOW else Gate.JOB

    def _top(self, gate: Gate, now: datetime) -> _Chat | None:
        """The first chat at that gate; those that have no place there any more go to theirs."""
        heap = self._heaps[gate]
        while heap:
            chat = heap[0][1]
            now_at = self._gate(chat, now)
            if now_at <= gate:
                return chat
            heappush(self._heaps[now_at], heappop(heap))
        return None

    def _take(self, gate: Gate, now: datetime) -> Decision:
        _, chat = heappop(self._heaps[gate])
        lane = chat.lane(now)
        _, message = chat.waiting.popleft()
        chat.people -= not message.is_job
        if lane is not Lane.FAST:
            self._pacing.open(chat.id, now, is_job=lane is Lane.BULK)
        if chat.waiting:
            heappush(self._heaps[self._gate(chat, now)], (chat.waiting[0][0], chat))
        return Decision(message, lane)


def _chats(queue: Iterable[Queued], held: Collection[str], window: timedelta) -> Iterable[_Chat]:
    """In the order of their first messages."""
    chats: dict[str, _Chat] = {}
    for place, message in enumerate(queue):
        if message.chat in held:
            continue
        chat = chats.get(message.chat)
        if chat is None:
            until = _EVER if message.chat.endswith(_GROUP) else None
            chat = chats[message.chat] = _Chat(message.chat, answered_until=until)
        chat.waiting.append((place, message))
        chat.people += not message.is_job
        if message.heard_at is not None and chat.answered_until is not _EVER:
            until = message.heard_at + window
            chat.answered_until = max(until, chat.answered_until or until)
    return chats.values()
