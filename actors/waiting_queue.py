"""An empresa's messages that wait, in the order of acceptance, and with whom each of them is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from actors.governor import Lane, Queued
from actors.outgoing import Waiting

#: Chats of which it is kept that somebody wrote, although nothing waits.
_KEPT = 1000


class WaitingQueue:
    """Used by one thread."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._names: dict[str, str] = {}
        """By phone number, under which id its conversation goes: one, however it is written."""
        self._parties: set[str] = set()
        """Conversations and numbers of all that waited since nothing did."""
        self._heard: dict[str, datetime] = {}
        """By conversation, when somebody wrote since the message in it was read."""

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
        name = self._name(waiting)
        self._parties.update((name, *waiting.conversation.phones))
        for phone in waiting.conversation.phones:
            self._names.setdefault(phone, name)

    def remove(self, message_id: str) -> None:
        """It does not wait any more."""
        del self._waiting[message_id]
        if not self._waiting:
            self._parties.clear()

    def clear(self) -> None:
        """Nothing waits; who wrote stays known."""
        self._waiting.clear()
        self._parties.clear()

    def heard(self, chat: str, phone: str | None, at: datetime) -> bool:
        """Somebody else wrote in that chat; whether that may concern what waits."""
        if not self._waiting and len(self._heard) >= _KEPT:
            self._heard.clear()
            self._names.clear()
        self._heard[chat] = max(at, self._heard.get(chat, at))
        if phone is not None:
            self._names[phone] = chat
        is_known = chat in self._parties or phone in self._parties
        if is_known:
            self._parties.add(chat)
        return is_known

    def first(self) -> Queued:
        """The one that was accepted first."""
        return self._queued(next(iter(self._waiting.values())))

    def queued(self, *more: Waiting) -> tuple[Queued, ...]:
        """As the governor takes it; those of `more` that are not in it stand behind."""
        others = (each for each in more if each.id not in self._waiting)
        return tuple(self._queued(each) for each in (*self._waiting.values(), *others))

    def _queued(self, waiting: Waiting) -> Queued:
        name = self._name(waiting)
        moments = (waiting.conversation.heard_at, self._heard.get(name))
        return Queued(
            waiting.id,
            name,
            max((each for each in moments if each is not None), default=None),
            is_job=waiting.job is not None,
            is_change=waiting.lane == Lane.FAST,
        )

    def _name(self, waiting: Waiting) -> str:
        conversation = waiting.conversation
        names = (self._names[phone] for phone in conversation.phones if phone in self._names)
        return next(names, conversation.id)
