"""Each empresa's numbered events: appended in order, read by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from persistence import order
from persistence.empresas import heads
from persistence.json_text import json_text
from persistence.keys import without_repeats
from persistence.models import Empresa, Event
from persistence.values import EventPage, LedgerEvent, LedgerHead, NewEvent

# Made once: to make a statement takes longer than to carry it out.
_INSERT = insert(Event)
_LEAD_ON = update(Empresa).where(Empresa.id == bindparam("empresa"))

#: Numbers that a page looks at where only some types are asked for: a rare type must not make
#: one reader walk through a million rows.
WINDOW = 10_000


def append(
    connection: Connection,
    ends: Mapping[int, LedgerHead],
    events: Mapping[int, Sequence[NewEvent]],
) -> dict[int, tuple[LedgerEvent, ...]]:
    """Give each empresa's events its next numbers, and all their positions in the order.

    `ends` are the heads as this transaction found them, of each empresa in `events`. An event
    whose key the empresa has already (or had, see `retention.KEY_DAYS`), or has earlier in
    `events`, is left out. The answer holds what was numbered, of each empresa that has some.
    """
    numbered = number(connection, ends, events)
    return {each: tuple(event for _, event in pairs) for each, pairs in numbered.items()}


def number(
    connection: Connection,
    ends: Mapping[int, LedgerHead],
    events: Mapping[int, Sequence[NewEvent]],
) -> dict[int, list[tuple[NewEvent, LedgerEvent]]]:
    """As `append`; the answer holds what was numbered beside what it was before."""
    appended: dict[int, list[tuple[NewEvent, LedgerEvent]]] = {}
    rows: list[dict[str, Any]] = []
    for empresa_id, offered in events.items():
        fresh = without_repeats(connection, empresa_id, offered)
        first = ends[empresa_id].last_seq + 1
        numbered = [
            LedgerEvent(empresa_id, seq, event.type, event.at, json_text(event.data))
            for seq, (event, _) in enumerate(fresh, first)
        ]
        if numbered:
            appended[empresa_id] = [
                (new, event) for (new, _), event in zip(fresh, numbered, strict=True)
            ]
            rows += [_row(event, key) for event, (_, key) in zip(numbered, fresh, strict=True)]
    if rows:
        first = order.take(connection, len(rows))
        placed = [{**row, "position": position} for position, row in enumerate(rows, first)]
        connection.execute(_INSERT, placed)
        connection.execute(
            _LEAD_ON,
            [
                {"empresa": empresa_id, "last_seq": pairs[-1][1].seq}
                for empresa_id, pairs in appended.items()
            ],
        )
    return appended


def head(connection: Connection, empresa_id: int) -> LedgerHead | None:
    """Where the empresa's ledger stands; None where it is unknown."""
    return heads(connection, [empresa_id]).get(empresa_id)


def page(
    connection: Connection,
    empresa_id: int,
    after: int,
    limit: int,
    types: frozenset[str] | None = None,
) -> EventPage | None:
    """At most `limit` (1 or more) events numbered above `after`; None for an unknown empresa.

    Asked for some types it looks at `WINDOW` numbers: then a page may be empty, or short, while
    `next` is still below the head's `last_seq`.
    """
    ends = connection.execute(
        select(Empresa.ledger_id, Empresa.last_seq, Empresa.removed_seq).where(
            Empresa.id == empresa_id
        )
    ).one_or_none()
    if ends is None:
        return None
    ledger = LedgerHead(empresa_id, ends.ledger_id, ends.last_seq)
    gap = (after + 1, ends.removed_seq) if after < ends.removed_seq else None
    after = max(after, ends.removed_seq)
    last = ledger.last_seq if types is None else min(ledger.last_seq, after + WINDOW)
    found = (
        select(Event.seq, Event.type, Event.at, Event.data)
        .where(Event.empresa_id == empresa_id, Event.seq > after, Event.seq <= last)
        .order_by(Event.seq)
        .limit(limit)
    )
    if types is not None:
        found = found.where(Event.type.in_(sorted(types)))
    events = tuple(
        LedgerEvent(empresa_id, seq, kind, at, text)
        for seq, kind, at, text in connection.execute(found).all()
    )
    looked_at = events[-1].seq if len(events) == limit else max(after, last)
    return EventPage(events, looked_at, ledger, gap)


def _row(event: LedgerEvent, key: str | None) -> dict[str, Any]:
    return {
        "empresa_id": event.empresa_id,
        "seq": event.seq,
        "type": event.type,
        "at": event.at,
        "data": event.json,
        "key": key,
    }
