"""Commits what waits in the backlog, a group a transaction, and tells what was committed."""

from __future__ import annotations

import logging
import time
from itertools import takewhile
from typing import TYPE_CHECKING

from actors import metrics
from actors.backlog import Entry
from actors.dead_letters import tell
from actors.errors import Unavailable
from actors.messages import EventsRecorded, RecordEvents
from actors.reply import Refused
from persistence.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from actors.backlog import Backlog
    from actors.followers import Followers
    from actors.recorder import Recorded, Recorder
    from actors.subscribers import Subscribers

logger = logging.getLogger("vendeai.archive")

#: Messages in one transaction: one fsync for all of them.
GROUP = 500


class GroupWriter:
    """Used by the archive's thread alone."""

    def __init__(
        self,
        recorder: Recorder,
        backlog: Backlog,
        subscribers: Subscribers,
        followers: Followers,
    ) -> None:
        self._recorder = recorder
        self._backlog = backlog
        self._subscribers = subscribers
        self._followers = followers

    def write(self) -> int:
        """Commit the oldest group and tell it; a message that cannot be stored is left out.

        Answers how many it held. Raises `DatabaseUnavailable`: then the backlog has all that was
        not committed.
        """
        self._settle()
        group = self._backlog.first(GROUP)
        try:
            recorded = self._commit(group)
        except DatabaseUnavailable:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is about one of the messages
            self._write_pieces(self._backlog.split(len(group)))
        else:
            self._backlog.remove(len(group))
            self._tell(group, recorded)
        return len(group)

    def _settle(self) -> None:
        """Tell a group that was committed although its transaction failed."""
        settled = self._recorder.settle()
        if settled is None:
            return
        committed = {id(message) for message in settled.messages}
        entries = self._backlog.first(len(settled.messages))
        group = list(takewhile(lambda entry: id(entry.message) in committed, entries))
        self._backlog.remove(len(group))
        self._tell(group, settled.recorded)

    def _write_pieces(self, count: int) -> None:
        for _ in range(count):
            piece = self._backlog.first(1)[0]
            try:
                recorded = self._commit([piece])
            except DatabaseUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 - it is about this one alone
                self._backlog.remove(1)
                _refuse(piece, error)
            else:
                self._backlog.remove(1)
                self._tell([piece], recorded)

    def _commit(self, group: list[Entry]) -> Recorded:
        begun = time.monotonic()
        recorded = self._recorder.record([entry.message for entry in group])
        metrics.commit_seconds.observe(time.monotonic() - begun)
        metrics.commit_messages.observe(len(group))
        return recorded

    def _tell(self, group: list[Entry], recorded: Recorded) -> None:
        self._subscribers.tell_heads(recorded.heads)
        self._subscribers.publish(recorded.events.values())
        self._followers.stored(recorded.last_position)
        metrics.published(recorded.events.values())
        metrics.forget(recorded.erased)
        for entry in group:
            message = entry.message
            if isinstance(message, RecordEvents):
                entry_ids = [each.entry_id for each in message.events if each.entry_id is not None]
                if entry_ids and message.reply_to is not None:
                    tell(message.reply_to, EventsRecorded(message.empresa_id, max(entry_ids)))
        for entry, answer in zip(group, recorded.answers, strict=False):
            if entry.reply is not None:
                entry.reply.set(answer)


def _refuse(entry: Entry, error: Exception) -> None:
    message = entry.message
    events = message.events if isinstance(message, RecordEvents) else ()
    logger.error(
        "%s cannot be stored and is left out: %s",
        type(message).__name__,
        [(event.type, event.key) for event in events],
        exc_info=error,
        extra={"empresa_id": message.empresa_id},
    )
    if entry.reply is not None:
        entry.reply.set(Refused(Unavailable()))
