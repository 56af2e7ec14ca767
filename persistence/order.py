"""The order in which all empresas' events were stored: each has a position in it, given once.

Positions grow, and never come again, whatever retention and erasures remove; some may be missing.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select, update

from persistence.models import Event, EventOrder
from persistence.values import LedgerEvent, OrderHead, OrderPage

# Made once: to make a statement takes longer than to carry it out.
_TAKE = (
    update(EventOrder)
    .values(last_position=EventOrder.last_position + bindparam("count"))
    .returning(EventOrder.last_position)
)
_HEAD = select(EventOrder.order_id, EventOrder.last_position)


def take(connection: Connection, count: int) -> int:
    """The first of the next `count` positions.

    Whoever else takes some waits for the end of this transaction: so events are committed in the
    order of their positions, and none appears behind one that a reader has seen.
    """
    last = connection.execute(_TAKE, {"count": count}).scalar_one()
    return int(last) - count + 1


def head(connection: Connection) -> OrderHead:
    """Where it stands."""
    row = connection.execute(_HEAD).one()
    return OrderHead(row.order_id, row.last_position)


def page(connection: Connection, after: int | None, limit: int) -> OrderPage:
    """At most `limit` (1 or more) events beyond the position `after`; None: beyond the last."""
    end = head(connection)
    if after is None or after >= end.last_position:
        return OrderPage((), max(after or 0, end.last_position), end)
    found = (
        select(Event.empresa_id, Event.seq, Event.type, Event.at, Event.data, Event.position)
        .where(Event.position > after)
        .order_by(Event.position)
        .limit(limit)
    )
    rows = connection.execute(found).all()
    events = tuple(LedgerEvent(row.empresa_id, row.seq, row.type, row.at, row.data) for row in rows)
    return OrderPage(events, rows[-1].position if len(rows) == limit else end.last_position, end)
