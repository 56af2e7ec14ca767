"""What the archive has received and not yet committed: in order, and bounded."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from actors.answering import ChooseHandler, TakeHandlerStep
from actors.bulk import AcceptJob, ChangeJob
from actors.incoming import ChangeMedia
from actors.messages import BeginErasure, EraseMore, EventsMissed, RecordEvents, SetWanted
from actors.outgoing import AcceptMessage, ChangeMessages, PutProfile
from actors.reading import ForgetReads, MarkRead
from actors.reply import Reply

if TYPE_CHECKING:
    from pykka import ActorRef

logger = logging.getLogger("vendeai.archive")

#: Messages kept while the database cannot be written; some 1.5 kB each.
MOST_KEPT = 20_000


Wish: TypeAlias = (
    SetWanted
    | BeginErasure
    | EraseMore
    | AcceptMessage
    | ChangeMessages
    | AcceptJob
    | ChangeJob
    | PutProfile
    | MarkRead
    | ForgetReads
    | ChooseHandler
    | TakeHandlerStep
    | ChangeMedia
)
"""What is asked of the archive, and answered once it is committed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that waits, and for a wish the asker's answer."""

    message: RecordEvents | Wish
    reply: Reply | None = None

    def pieces(self) -> list[Entry]:
        """The same, an event at a time: one that cannot be stored then takes no other with it."""
        message = self.message
        if not isinstance(message, RecordEvents):
            return [self]
        single = [replace(message, events=(event,), status=None) for event in message.events]
        if message.status is not None:
            single.append(replace(message, events=()))
        return [Entry(each) for each in single]


class Backlog:
    """A queue with two bounds; what they cost is chosen so that no event is lost for good.

    Journalled events are let go of above `MOST_KEPT`: their journal has them, and `EventsMissed`
    asks for them again. From the first one on nothing journalled of that empresa is taken until
    it comes again, or a later confirmation would free the gap in the journal. Events without a
    journal (statuses, for the most part) have as much room again; beyond it they are lost, and
    the log says so. Used by one thread.
    """

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._most_kept = most_kept
        self._entries: deque[Entry] = deque()
        self._gaps: dict[int, int] = {}
        self._unasked: dict[int, ActorRef[Any] | None] = {}
        self._lost = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, message: RecordEvents) -> None:
        """Take events, unless a bound forbids it."""
        entry_ids = [event.entry_id for event in message.events if event.entry_id is not None]
        if entry_ids:
            is_taken = self._has_room_for(message, min(entry_ids))
        else:
            is_taken = self._has_room_without_journal(message.empresa_id)
        if is_taken:
            self._entries.append(Entry(message))

    def add_wish(self, message: Wish) -> Reply:
        """Take a wish; the reply is settled by whoever commits or refuses it."""
        reply = Reply()
        self._entries.append(Entry(message, reply))
        return reply

    def first(self, count: int) -> list[Entry]:
        """The oldest ones, which stay."""
        return list(islice(self._entries, count))

    def remove(self, count: int) -> None:
        """Drop the oldest ones: they are committed, or refused."""
        for _ in range(count):
            self._entries.popleft()

    def split(self, count: int) -> int:
        """Replace the oldest ones by their pieces; answers how many these are."""
        taken = [self._entries.popleft() for _ in range(count)]
        pieces = [piece for entry in taken for piece in entry.pieces()]
        self._entries.extendleft(reversed(pieces))
        return len(pieces)

    def take_wishes(self) -> list[Reply]:
        """Remove all wishes and answer their replies."""
        wishes = [entry.reply for entry in self._entries if entry.reply is not None]
        if wishes:
            self._entries = deque(entry for entry in self._entries if entry.reply is None)
        return wishes

    def take_missed(self) -> list[tuple[ActorRef[Any] | None, EventsMissed]]:
        """Whom to ask for which events again; each is answered once."""
        if self._lost:
            logger.error("%d messages without a journal were lost", self._lost)
            self._lost = 0
        asks = [
            (ref, EventsMissed(empresa_id, self._gaps[empresa_id]))
            for empresa_id, ref in self._unasked.items()
            if empresa_id in self._gaps
        ]
        self._unasked.clear()
        return asks

    def _has_room_for(self, message: RecordEvents, entry_id: int) -> bool:
        empresa_id = message.empresa_id
        gap = self._gaps.get(empresa_id)
        if gap is not None and entry_id > gap:
            return False
        if len(self._entries) < self._most_kept:
            self._gaps.pop(empresa_id, None)
            return True
        if gap is None:
            logger.error(
                "the backlog is full: journalled events stay in the journal",
                extra={"empresa_id": empresa_id, "entry_id": entry_id},
            )
        self._gaps[empresa_id] = entry_id
        self._unasked[empresa_id] = message.reply_to
        return False

    def _has_room_without_journal(self, empresa_id: int) -> bool:
        if len(self._entries) < 2 * self._most_kept:
            return True
        if not self._lost:
            logger.error(
                "the backlog is full: events without a journal are lost from here on",
                extra={"empresa_id": empresa_id},
            )
        self._lost += 1
        return False
