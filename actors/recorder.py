"""One transaction for a group of messages: empresas, wishes, statuses, numbered events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actors.backlog import Wish
from actors.errors import Unavailable
from actors.messages import (
    BeginErasure,
    EraseMore,
    LedgerEvent,
    LedgerHead,
    NewEvent,
    RecordEvents,
    SetWanted,
    StoredStatus,
)
from persistence import empresas, erasing, ledger
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
    erased: frozenset[int] = frozenset()
    """The empresas of which nothing is left now."""


class Recorder:
    """Has the only connection that writes. Used by the archive's thread alone.

    Every method but `scrub` raises `DatabaseUnavailable` where the database is the cause.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def record(self, messages: Sequence[RecordEvents | Wish]) -> Recorded:
        """Commit all of them or none: then any other exception is about one of them.

        In order, as far as one can tell: nothing is recorded of an empresa after its erasure.
        """
        events: dict[int, list[NewEvent]] = {}
        wanted: dict[int, bool] = {}
        statuses: list[StoredStatus] = []
        begun: list[int] = []
        erased: list[int] = []
        for message in messages:
            match message:
                case SetWanted(empresa_id, value):
                    events.setdefault(empresa_id, [])
                    wanted[empresa_id] = value
                case RecordEvents(empresa_id, new, status):
                    events.setdefault(empresa_id, []).extend(new)
                    statuses += [status] if status is not None else []
                case BeginErasure(empresa_id):
                    begun.append(empresa_id)
                case EraseMore(empresa_id):
                    erased.append(empresa_id)
        with self._access.transaction() as connection:
            heads = empresas.ensure(connection, events)
            empresas.set_wanted(connection, wanted)
            empresas.put_statuses(connection, statuses)
            appended = ledger.append(connection, heads, events)
            return Recorded(heads, appended, erasing.go_on(connection, begun, erased))

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
