"""What the database takes and gives, as plain values. Imports no database library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is to be numbered."""

    type: str
    at: datetime
    data: dict[str, Any]
    key: str | None = None
    """Within one empresa at most one event of a key is ever numbered."""
    entry_id: int | None = None
    """Its place in the worker's journal, for `EventsRecorded`."""
    own: str | None = None
    """E.164, of the empresa's own number to which it came; None: to the one that is linked."""
    raw: bytes | None = None
    """A message as WhatsApp's library gave it, where that is kept."""
    source: dict[str, Any] | None = None
    """Of a message that brings a file: where that is to be had, and its key."""


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """An event with its number, as committed."""

    empresa_id: int
    seq: int
    type: str
    at: datetime
    json: str
    """Its data as it is stored and sent: a JSON object in ASCII."""

    @property
    def data(self) -> dict[str, Any]:
        """The data, decoded at each call."""
        data: dict[str, Any] = json.loads(self.json)
        return data


@dataclass(frozen=True, slots=True)
class LedgerHead:
    """Where a ledger stands."""

    empresa_id: int
    ledger_id: str
    last_seq: int


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of the ledger."""

    events: tuple[LedgerEvent, ...]
    next: int
    """The `after` with which to go on: the last number looked at, shown or not."""
    head: LedgerHead
    gap: tuple[int, int] | None = None
    """First and last of the numbers beyond `after` that retention has removed, whatever types
    were asked for; all of them lie before `events`."""


@dataclass(frozen=True, slots=True)
class OrderHead:
    """Where the order of all empresas' events stands."""

    order_id: str
    last_position: int


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page of all empresas' events, in the order of their storing."""

    events: tuple[LedgerEvent, ...]
    next: int
    """The position with which to go on."""
    head: OrderHead


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of each empresa's ledger is kept; 0: all of it."""

    days: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class StoredStatus:
    """What of a session's status outlives the server."""

    empresa_id: int
    state: str
    reason: str | None
    since: datetime
    phone_number: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class StoredEmpresa:
    """An empresa as the database has it."""

    empresa_id: int
    wanted: bool
    status: StoredStatus | None
    is_erasing: bool = False
    """Its erasure has begun, and is not finished."""
    has_handler: bool = False
    """It has chosen a message handler."""
