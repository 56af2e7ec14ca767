"""An empresa's messages that wait, in the order of acceptance, and with whom each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from actors.governor import Lane, Lanes, Queued
from actors.outgoing import Waiting

#: Chats of which it is kept that somebody wrote, although nothing waits in them.
_KEPT = 1000


class WaitingQueue:
    """Used by one thread. Nothing that is asked for each message looks at all that wait."""

    def __init__(self) -> None:
        self.lanes = Lanes()
        """What may go, as the governor takes it: not what waits of a paused job."""
        self._waiting: dict[str, Waiting] = {}
        self._queued: dict[str, Queued] = {}
        """What is in the lanes, as it is there."""
        self._deadlines: list[tuple[datetime, str]] = []
        """A heap; also of some that do not wait any more."""
        self._names: dict[str, str] = {}
        """By phone number, under which id its conversation goes: one, however it is written."""
        self._parties: set[str] = set()
        """Conversations and numbers of all that waited since nothing did."""
        self._heard: dict[str, datetime] = {}
        """By conversation, when somebody wrote since the message in it was read."""
        self._most_heard = _KEPT
        self._typed: dict[str, datetime] = {}
        """By message, until when somebody types before it, or did: not once more."""

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._waiting.values())

    def __contains__(self, message_id: str) -> bool:
        return message_id in self._waiting

    def __getitem__(self, message_id: str) -> Waiting:
        return self._waiting[message_id]

    def add(self, waiting: Waiting) -> None:
        """Behind all others."""
        self._waiting[waiting.id] = waiting
        if len(self._deadlines) > 2 * len(self._waiting) + _KEPT:
            self._deadlines = [(each.expires_at, each.id) for each in self]
            heapify(self._deadlines)
        else:
            heappush(self._deadlines, (waiting.expires_at, waiting.id))
        name = self._name(waiting)
        self._parties.update((name, *waiting.conversation.phones))
        for phone in waiting.conversation.phones:
            self._names.setdefault(phone, name)
        if not waiting.is_paused:
            queued = self._queued[waiting.id] = self._as_queued(waiting)
            self.lanes.add(queued)

    def remove(self, message_id: str) -> None:
        """It does not wait any more."""
        del self._waiting[message_id]
        self._typed.pop(message_id, None)
        queued = self._queued.pop(message_id, None)
        if queued is not None:
            self.lanes.remove(queued)
        if not self._waiting:
            self.clear()

    def type(self, queued: Queued, now: datetime) -> None:
        """Somebody begins to type before that message, the first of its chat."""
        until = self._typed[queued.id] = queued.types_until(now)
        self._queued[queued.id] = self.lanes.type(queued.chat, until)

    def clear(self) -> None:
        """Nothing waits; who wrote, and who has typed, stays known."""
        self.lanes = Lanes()
        self._waiting.clear()
        self._queued.clear()
        self._deadlines.clear()
        self._parties.clear()

    def heard(self, chat: str, phone: str | None, at: datetime) -> bool:
        """Somebody else wrote in that chat; whether that may concern what waits."""
        if len(self._heard) >= self._most_heard:
            self._forget_others()
        self._heard[chat] = max(at, self._heard.get(chat, at))
        if phone is not None:
            self._rename(phone, chat)
        self._queued |= {each.id: each for each in self.lanes.hear(chat, at)}
        is_known = chat in self._parties or phone in self._parties
        if is_known:
            self._parties.add(chat)
        return is_known

    def late(self, now: datetime, most: int) -> list[Waiting]:
        """Those whose deadline has passed, at most so many; they stay."""
        late: list[Waiting] = []
        while len(late) < most and (first := self._first_deadline()) and first[0] <= now:
            heappop(self._deadlines)
            late.append(self._waiting[first[1]])
        for each in late:
            heappush(self._deadlines, (each.expires_at, each.id))
        return late

    def next_deadline(self) -> datetime | None:
        """When the first message is too late; None: none waits."""
        first = self._first_deadline()
        return None if first is None else first[0]

    def queued(self, *more: Waiting) -> tuple[Queued, ...]:
        """All in the lanes; those of `more` that do not wait yet stand behind."""
        return (*self._queued.values(), *self._others(more))

    def queued_by_people(self, *more: Waiting) -> tuple[Queued, ...]:
        """As `queued`, but for chats in which only jobs wait: they keep nobody else waiting."""
        others = self._others(more)
        return (*self.lanes.by_people(*(each.chat for each in others)), *others)

    def _others(self, more: tuple[Waiting, ...]) -> list[Queued]:
        return [self._as_queued(each) for each in more if each.id not in self._waiting]

    def _as_queued(self, waiting: Waiting) -> Queued:
        name = self._name(waiting)
        moments = (waiting.conversation.heard_at, self._heard.get(name))
        return Queued(
            waiting.id,
            name,
            max((each for each in moments if each is not None), default=None),
            is_job=waiting.job is not None,
            is_change=waiting.lane == Lane.FAST,
            typing=_typing(waiting),
            typed_until=self._typed.get(waiting.id),
        )

    def _name(self, waiting: Waiting) -> str:
        conversation = waiting.conversation
        names = (self._names[phone] for phone in conversation.phones if phone in self._names)
        return next(names, conversation.id)

    def _rename(self, phone: str, chat: str) -> None:
        """The conversation with that number goes under this id from now on."""
        before, self._names[phone] = self._names.get(phone), chat
        if before is None or before == chat:
            return
        theirs = []
        for each in self.lanes.in_chat(before):
            phones = self._waiting[each.id].conversation.phones
            if phones:
                theirs.append(each)
                self._names.update(dict.fromkeys(phones, chat))
        self._queued |= {each.id: each for each in self.lanes.move(theirs, chat)}

    def _forget_others(self) -> None:
        """Who wrote where nothing waits: there may be many before the queue is empty again."""
        self._parties = {phone for each in self for phone in each.conversation.phones}
        self._parties |= {self._name(each) for each in self}
        self._heard = {chat: at for chat, at in self._heard.items() if chat in self._parties}
        self._names = {phone: name for phone, name in self._names.items() if phone in self._parties}
        self._most_heard = _KEPT + 2 * len(self._heard)

    def _first_deadline(self) -> tuple[datetime, str] | None:
        while self._deadlines:
            moment, message_id = self._deadlines[0]
            waiting = self._waiting.get(message_id)
            if waiting is not None and waiting.expires_at == moment:
                return self._deadlines[0]
            heappop(self._deadlines)
        return None


def _typing(waiting: Waiting) -> timedelta | None:
    # Nobody is seen typing by somebody whose chat is not known yet.
    if waiting.typing_ms is None or waiting.chat is None:
        return None
    return timedelta(milliseconds=waiting.typing_ms)
