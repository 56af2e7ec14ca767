"""What waits, by chats: each in its order."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


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
    typing: timedelta | None = None
    """For how long the recipient sees somebody type before it goes; None: not at all."""
    typed_until: datetime | None = None
    """Until when somebody types, or did; None: nobody has begun."""

    def types_until(self, now: datetime) -> datetime:
        """Until when, where somebody begins now."""
        return now + (self.typing or timedelta(0))

    def is_typed(self, now: datetime) -> bool:
        """Whether nobody has to type any more before it goes."""
        return self.typing is None or (self.typed_until is not None and self.typed_until <= now)


#: How the JID of a group ends. Nobody is in a group of strangers: what goes there is an answer.
_GROUP = "@g.us"


@dataclass(slots=True)
class Chat:
    """One in which something waits, or did until now."""

    id: str
    waiting: deque[tuple[int, Queued]] = field(default_factory=deque)
    """With their places in the queue, the first in front."""
    people: int = 0
    """How many of them are no job's."""
    heard_at: datetime | None = None
    filed: int = 0
    """The number of its entry at the gates that counts: the last one."""

    def lane(self, now: datetime, window: timedelta) -> Lane:
        """The best of all that wait: nothing waits for what stands before it in another lane."""
        if self.waiting[0][1].is_change:
            return Lane.FAST
        if not self.people:
            return Lane.BULK
        is_heard = self.heard_at is not None and now < self.heard_at + window
        return Lane.FAST if is_heard or self.id.endswith(_GROUP) else Lane.SLOW

    def add(self, place: int, message: Queued) -> None:
        """Put it in its place."""
        is_last = not self.waiting or self.waiting[-1][0] < place
        self.waiting.append((place, message))
        if not is_last:
            self.waiting = deque(sorted(self.waiting, key=_place))
        self.people += not message.is_job
        self.heard_at = later(self.heard_at, message.heard_at)

    def take(self, ids: Collection[str]) -> list[tuple[int, Queued]]:
        """Take these out."""
        if len(ids) == 1 and self.waiting[0][1].id in ids:
            taken = [self.waiting.popleft()]
        else:
            taken = [each for each in self.waiting if each[1].id in ids]
            self.waiting = deque(each for each in self.waiting if each[1].id not in ids)
        self.people -= sum(not message.is_job for _, message in taken)
        return taken

    def type(self, until: datetime) -> Queued:
        """Somebody types until then before the first message. Answers that."""
        place, message = self.waiting.popleft()
        typed = replace(message, typed_until=until)
        self.waiting.appendleft((place, typed))
        return typed

    def hear(self, at: datetime) -> None:
        """Somebody else wrote in it."""
        self.heard_at = later(self.heard_at, at)
        self.waiting = deque(
            (place, replace(each, heard_at=later(each.heard_at, at)))
            for place, each in self.waiting
        )


def later(moment: datetime | None, other: datetime | None) -> datetime | None:
    """The later one; None: neither is known."""
    if moment is None or (other is not None and other > moment):
        return other
    return moment


def _place(entry: tuple[int, Queued]) -> int:
    return entry[0]
