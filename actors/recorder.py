"""One transaction for a group of messages: empresas, wishes, statuses, numbered events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from actors.backlog import Wish
from actors.errors import Unavailable
from actors.group import Group
from actors.messages import LedgerEvent, LedgerHead, RecordEvents
from persistence import (
    accepting,
    chats,
    conversations,
    empresas,
    erasing,
    filing,
    handlers,
    idempotency,
    jobs,
    ledger,
    lives,
    media,
    merging,
    order,
    paces,
    reads,
    retention,
    votes,
)
from persistence.errors import DatabaseUnavailable
from persistence.probe import probe

if TYPE_CHECKING:
    from persistence.database import Access


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one transaction has committed."""

    heads: dict[int, LedgerHead]
    """Of each empresa in it, as the transaction found or made them: before its events."""
    events: dict[int, tuple[LedgerEvent, ...]]
    """By empresa; none is empty."""
    answers: Sequence[object]
    """To each of the messages."""
    erased: frozenset[int] = frozenset()
    """The empresas of which nothing is left now."""
    last_position: int | None = None
    """Where the order of all events stands; None: none was numbered."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A transaction of which nobody said whether it was committed."""

    messages: Sequence[RecordEvents | Wish]
    recorded: Recorded
    """What was committed, if it was."""


class Recorder:
    """Has the only connection that writes. Used by the archive's thread alone.

    Every method but `scrub` raises `DatabaseUnavailable` where the database is the cause.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._doubt: Doubt | None = None

    def record(self, messages: Sequence[RecordEvents | Wish]) -> Recorded:
        """Commit all of them or none: then any other exception is about one of them.

        In order, as far as one can tell: nothing is recorded of an empresa after its erasure.
        """
        group = Group(messages)
        with self._access.transaction() as connection:
            heads = empresas.ensure(connection, group.items)
            heads |= empresas.heads(connection, group.others())
            empresas.set_wanted(connection, group.wanted)
            empresas.put_statuses(connection, group.statuses)
            group.known_jobs(jobs.carry_out(connection, group.jobs, heads))
            accepted = accepting.accept_known(connection, group.accepting, heads)
            handlers.choose(connection, group.known_choices(heads), heads)
            group.known(heads, accepted, handlers.take(connection, group.steps, heads))
            group.add(media.lead(connection, group.media))
            paces.put_profiles(connection, group.profiles)
            paces.put_states(connection, group.paces)
            followed = {
                each: lives.follow(connection, each, items) for each, items in group.items.items()
            }
            events = votes.name_votes(
                connection, {each: led.events for each, led in followed.items()}
            )
            events = merging.merge(connection, events)
            numbered = ledger.number(connection, heads, events)
            chats.note(connection, {each: events[each] for each in numbered})
            filing.file_events(connection, numbered)
            reads.forget(connection, group.told)
            reads.note(connection, group.to_tell)
            media.note(connection, numbered)
            conversations.mark_read(connection, group.read)
            appended = {
                each: tuple(event for _, event in pairs) for each, pairs in numbered.items()
            }
            gone = erasing.go_on(connection, group.begun, group.erasing.values())
            group.done(gone, {each: led.taken for each, led in followed.items()})
            last = order.head(connection).last_position if appended else None
            answers = [group.answers.get(place) for place in range(len(messages))]
            recorded = Recorded(heads, appended, answers, gone, last)
            # From here on a failure says nothing about the commit.
            self._doubt = Doubt(messages, recorded)
        self._doubt = None
        return recorded

    def settle(self) -> Doubt | None:
        """What a `record` that failed has committed after all; None: nothing.

        The connection to a server may break between a commit and its answer. Nobody else numbers
        events: where the ledger ends as it should have, it was committed. What has no number can
        be written twice.
        """
        doubt = self._doubt
        if doubt is not None:
            ends = {each: events[-1].seq for each, events in doubt.recorded.events.items()}
            with self._access.transaction() as connection:
                found = empresas.heads(connection, ends)
            self._doubt = None
            if any(head.last_seq == ends[each] for each, head in found.items()):
                return doubt
        return None

    def remove_events(self, empresa_id: int, up_to: int, now: datetime) -> None:
        """Remove a slice of a ledger, as retention has it."""
        with self._access.transaction() as connection:
            retention.remove(connection, empresa_id, up_to, now)

    def forget(self, now: datetime, days: int, most: int) -> bool:
        """Drop what nothing can need again: keys, and by age what the API sent and handlers know.

        At most so many of each; True: there may be more. `days` 0: nothing by age.
        """
        with self._access.transaction() as connection:
            dropped = (
                retention.forget_keys(connection, now, most),
                idempotency.forget(connection, now, most),
                accepting.forget_messages(connection, now, days, most) if days else 0,
                jobs.forget(connection, now, days, most) if days else 0,
                handlers.forget(connection, now, days, most) if days else 0,
            )
        return most in dropped

    def probe(self) -> None:
        """Write something that nobody reads."""
        with self._access.transaction() as connection:
            probe(connection)

    def scrub(self) -> bool:
        """Leave no trace of what was erased; False: somebody reads. Refused: `Unavailable`."""
        try:
            return self._access.scrub()
        except DatabaseUnavailable as unavailable:
            raise Unavailable from unavailable

    def close(self) -> None:
        """Close the connection."""
        self._access.close()
