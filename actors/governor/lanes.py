"""What waits, by lanes: in each chat in its order, and of the chats the one that may go first.

A step takes the logarithm of what waits, so that a job of thousands keeps nobody else waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import IntEnum
from heapq import heappop, heappush
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from actors.governor.pacing import Pacing
from actors.governor.queued import Chat, Lane, Queued
from actors.governor.settings import Settings


class Gate(IntEnum):
    """What a chat's next message has to wait for; the lower goes first."""

    ANSWER = 0
    OPENED = 1
    """The chat counts for today already: opening hours and pauses alone."""
    CONTACT = 2
    JOB = 3


_GATES = tuple(Gate)


class Decision(NamedTuple):
    """What goes now, or when something may."""

    message: Queued | None = None
    """Handed to the client now; or first somebody types, and others go meanwhile."""
    lane: Lane | None = None
    """Of that message."""
    wake_at: datetime | None = None
    """Where none goes now: decide again then, or as soon as anything changes. None: only then."""
    is_to_type: bool = False
    """That message does not go yet: say that somebody types, and until when (`Lanes.type`)."""


class Lanes:
    """Chats that wait, each at its gate.

    With time alone what is known of a chat only gets worse: its window ends, its day is over.
    That is found out as it comes first at its gate. What makes it better has to be said: `add`,
    `remove`, `hear`, `move`, and `renew`; and that somebody types in it: `type`.
    """

    def __init__(self, queue: Iterable[Queued] = ()) -> None:
        """`queue`: in the order of acceptance."""
        self._chats: dict[str, Chat] = {}
        self._of_people: dict[str, Chat] = {}
        """Those in which anything is no job's."""
        self._heaps: tuple[list[tuple[int, int, Chat]], ...] = tuple([] for _ in _GATES)
        """Of each gate the chats there, by the places of their first messages; and such as are
        not there any more."""
        self._typing: list[tuple[datetime, int, Chat]] = []
        """A heap: chats in which somebody types, and until when. They stand at no gate."""
        self._changed: dict[str, Chat] = {}
        """Those that have to find their gates."""
        self._asked: tuple[Settings, datetime] | None = None
        """With which settings and at which moment, the last time."""
        self._places = self._filings = self._waiting = 0
        for message in queue:
            self.add(message)

    def __len__(self) -> int:
        return self._waiting

    # --- what changes ------------------------------------------------------------------------

    def add(self, message: Queued) -> None:
        """Behind all others."""
        self._places += 1
        self._put(self._places, message)

    def remove(self, message: Queued) -> None:
        """It does not wait any more."""
        self._take(message.chat, (message.id,))

    def hear(self, chat_id: str, at: datetime) -> list[Queued]:
        """Somebody else wrote in that chat. Answers what waits in it."""
        chat = self._chats.get(chat_id)
        if chat is None:
            return []
        chat.hear(at)
        self._changed[chat_id] = chat
        return [message for _, message in chat.waiting]

    def move(self, messages: Collection[Queued], chat_id: str) -> list[Queued]:
        """These, all of one chat, are of that chat, each in its old place. Answers them so."""
        ids, moved = {each.id for each in messages}, []
        for old in {each.chat for each in messages}:
            for place, each in self._take(old, ids):
                message = replace(each, chat=chat_id)
                self._put(place, message)
                moved.append(message)
        return moved

    def type(self, chat_id: str, until: datetime) -> Queued:
        """Somebody types in that chat until then, before its first message. Answers it so."""
        chat = self._changed[chat_id] = self._chats[chat_id]
        return chat.type(until)

    def renew(self, chat_id: str | None = None) -> None:
        """What the pacing says of a chat, or of all, may have become better."""
        chats = self._chats if chat_id is None else {chat_id: self._chats.get(chat_id)}
        self._changed.update({each: chat for each, chat in chats.items() if chat is not None})

    def _put(self, place: int, message: Queued) -> None:
        chat = self._chats.get(message.chat)
        if chat is None:
            chat = self._chats[message.chat] = Chat(message.chat)
        chat.add(place, message)
        if chat.people:
            self._of_people[chat.id] = chat
        self._changed[chat.id] = chat
        self._waiting += 1

    def _take(self, chat_id: str, ids: Collection[str]) -> list[tuple[int, Queued]]:
        chat = self._chats[chat_id]
        taken = chat.take(ids)
        self._changed[chat_id] = chat
        if not chat.people:
            self._of_people.pop(chat_id, None)
        if not chat.waiting:
            del self._chats[chat_id]
        self._waiting -= len(taken)
        return taken

    # --- what may go -------------------------------------------------------------------------

    def first(self, pacing: Pacing, now: datetime) -> Decision:
        """What goes now; it stays."""
        self._find_gates(pacing, now)
        if not self._waiting:
            return Decision()
        if pacing.held_until is not None and now < pacing.held_until:
            return Decision(wake_at=pacing.held_until)
        wakes = [entry[0] for entry in self._typing[:1]]
        for gate in _GATES:
            chat = self._top(gate, pacing, now)
            if chat is None:
                continue
            ready = _ready(gate, pacing, now)
            if ready is not None and ready <= now:
                message, lane = chat.waiting[0][1], chat.lane(now, pacing.settings.window)
                return Decision(message, lane, is_to_type=not message.is_typed(now))
            if ready is not None:
                wakes.append(ready)
        return Decision(wake_at=min(wakes, default=None))

    def next(self, pacing: Pacing, now: datetime) -> Decision:
        """Take what goes now, if anything does; the pacing has counted it as sent."""
        decision = self.first(pacing, now)
        while (message := decision.message) is not None and decision.is_to_type:
            self.type(message.chat, message.types_until(now))
            decision = self.first(pacing, now)
        if message is not None:
            if decision.lane is not Lane.FAST:
                pacing.open(message.chat, now, is_job=decision.lane is Lane.BULK)
            self.remove(message)
        return decision

    def foremost(self, pacing: Pacing, now: datetime) -> list[Queued]:
        """What waits in the chats that are the first at their gates, or in which one types."""
        self._find_gates(pacing, now)
        tops = (self._top(gate, pacing, now) for gate in _GATES)
        typing = (entry[2] for entry in self._typing[:1])
        return _in_order(chat for chat in chain(tops, typing) if chat is not None)

    def by_people(self, *chat_ids: str) -> list[Queued]:
        """What waits in these chats, and in all in which anything is no job's."""
        more = {each: self._chats[each] for each in chat_ids if each in self._chats}
        return _in_order((self._of_people | more).values())

    def in_chat(self, chat_id: str) -> Iterator[Queued]:
        """What waits in it."""
        chat = self._chats.get(chat_id)
        return iter(()) if chat is None else (message for _, message in chat.waiting)

    def _find_gates(self, pacing: Pacing, now: datetime) -> None:
        asked = (pacing.settings, now)
        if self._asked is not None and (self._asked[0] is not asked[0] or now < self._asked[1]):
            self.renew()  # there are other settings, or the clock was set back
        self._asked = asked
        self._end_typing(now)
        for chat in self._changed.values():
            if chat.waiting:
                self._file(chat, _gate(chat, pacing, now))
        self._changed.clear()

    def _end_typing(self, now: datetime) -> None:
        """A chat in which somebody has begun to leaves its gate; one where it is over finds it."""
        for chat in list(self._changed.values()):
            until = chat.waiting[0][1].typed_until if chat.waiting else None
            if until is not None and now < until:
                self._filings += 1
                chat.filed = self._filings
                heappush(self._typing, (until, chat.filed, chat))
                del self._changed[chat.id]
        while self._typing and not (_counts(self._typing[0]) and now < self._typing[0][0]):
            _, filed, chat = heappop(self._typing)
            if filed == chat.filed and chat.waiting:
                self._changed[chat.id] = chat

    def _file(self, chat: Chat, gate: Gate) -> None:
        heap = self._heaps[gate]
        if len(heap) > 2 * len(self._chats) + len(_GATES):
            # Of chats that have another place by now; the order stays that of a heap.
            heap[:] = sorted(entry for entry in heap if _counts(entry))
        self._filings += 1
        chat.filed = self._filings
        heappush(heap, (chat.waiting[0][0], chat.filed, chat))

    def _top(self, gate: Gate, pacing: Pacing, now: datetime) -> Chat | None:
        """The first chat at that gate; those that have no place there any more go to theirs."""
        heap = self._heaps[gate]
        while heap:
            chat = heap[0][2]
            if not _counts(heap[0]):
                heappop(heap)
                continue
            now_at = _gate(chat, pacing, now)
            if now_at <= gate:
                return chat
            heappop(heap)
            self._file(chat, now_at)
        return None


def _in_order(chats: Iterable[Chat]) -> list[Queued]:
    entries = sorted((entry for chat in chats for entry in chat.waiting), key=itemgetter(0))
    return [message for _, message in entries]


def _counts(entry: tuple[int | datetime, int, Chat]) -> bool:
    _, filed, chat = entry
    return filed == chat.filed and bool(chat.waiting)


def _gate(chat: Chat, pacing: Pacing, now: datetime) -> Gate:
    lane = chat.lane(now, pacing.settings.window)
    if lane is Lane.FAST:
        return Gate.ANSWER
    if pacing.is_opened(chat.id, now):
        return Gate.OPENED
    return Gate.CONTACT if lane is Lane.SLOW else Gate.JOB


def _ready(gate: Gate, pacing: Pacing, now: datetime) -> datetime | None:
    match gate:
        case Gate.ANSWER:
            return now
        case Gate.OPENED:
            return pacing.open_at(now)
        case Gate.CONTACT | Gate.JOB:
            return pacing.contact_at(now, is_job=gate is Gate.JOB)
