"""One transaction for a group of messages: empresas, wishes, statuses, numbered events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actors.messages import LedgerEvent, LedgerHead, NewEvent, RecordEvents, SetWanted, StoredStatus
from persistence import empresas, ledger
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


class Recorder:
    """Has the only connection that writes. Used by the archive's thread alone.

    Every method raises `DatabaseUnavailable` where the database is the cause.
    """

    def __init__(self, access: Access) -> None:
        self._access = access

    def record(self, messages: Sequence[RecordEvents | SetWanted]) -> Recorded:
        """Commit all of them, in order, or none: then any other exception is about one of them."""
        events: dict[int, list[NewEvent]] = {}
        wanted: dict[int, bool] = {}
        statuses: list[StoredStatus] = []
        for message in messages:
            of_empresa = events.setdefault(message.empresa_id, [])
            if isinstance(message, SetWanted):
                wanted[message.empresa_id] = message.wanted
                continue
            of_empresa += message.events
            if message.status is not None:
                statuses.append(message.status)
        with self._access.transaction() as connection:
            heads = empresas.ensure(connection, events)
            empresas.set_wanted(connection, wanted)
            empresas.put_statuses(connection, statuses)
            return Recorded(heads, ledger.append(connection, heads, events))

    def probe(self) -> None:
        """Write something that nobody reads."""
        with self._access.transaction() as connection:
            probe(connection)

    def close(self) -> None:
        """Close the connection."""
        self._access.close()
