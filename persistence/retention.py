"""Retention: the oldest events of a ledger go, a slice at a time; their numbers stay given.

What is removed is always a beginning of the ledger, up to `removed_seq`, so that a gap has two
ends and no holes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, literal, select, tuple_, update

from persistence import conversations, media
from persistence.models import Empresa, Event, RemovedKey
from persistence.values import Retention

#: Days after its arrival for which an event's key is kept although retention has removed the
#: event. A second delivery comes out of a journal whose confirmation was lost, which is read at
#: the next start of server or worker, or from WhatsApp, which keeps what was not acknowledged
#: for some 30 days: twice that.
KEY_DAYS = 60


def everyone(connection: Connection) -> list[int]:
    """The empresas that have events."""
    having = select(Empresa.id).where(Empresa.last_seq > Empresa.removed_seq)
    return list(connection.scalars(having.order_by(Empresa.id)))


def removable(
    connection: Connection, empresa_id: int, retention: Retention, now: datetime, most: int
) -> int | None:
    """The number up to which a slice of at most `most` events may go; None: all are kept.

    An event goes with any later one of its slice that is too old: a clock that was wrong for a
    while must not keep a ledger's beginning for ever.
    """
    ends = connection.execute(
        select(Empresa.removed_seq, Empresa.last_seq).where(Empresa.id == empresa_id)
    ).one_or_none()
    if ends is None:
        return None
    end = min(ends.removed_seq + most, ends.last_seq)
    found = ends.last_seq - retention.events if retention.events else 0
    if retention.days and found < end:
        too_old = select(func.max(Event.seq)).where(
            Event.empresa_id == empresa_id,
            Event.seq > ends.removed_seq,
            Event.seq <= end,
            Event.at < now - timedelta(days=retention.days),
        )
        found = max(found, connection.scalar(too_old) or 0)
    return min(found, end) if found > ends.removed_seq else None


def remove(connection: Connection, empresa_id: int, up_to: int, now: datetime) -> None:
    """Remove the empresa's events up to this number, and keep the keys of the younger ones.

    The messages of conversations, and what is known of their files, go with the events with which
    they came.
    """
    first = select(Empresa.removed_seq).where(Empresa.id == empresa_id)
    after = connection.scalars(first).one()
    # With both ends, as PostgreSQL takes one end for a third of the table, and reads all of it.
    removed = (Event.empresa_id == empresa_id, Event.seq > after, Event.seq <= up_to)
    kept = select(literal(empresa_id), Event.key, Event.at).where(
        *removed, Event.key.is_not(None), Event.at >= now - timedelta(days=KEY_DAYS)
    )
    columns = ["empresa_id", "key", "at"]
    connection.execute(insert(RemovedKey).from_select(columns, kept))
    connection.execute(delete(Event).where(*removed))
    conversations.remove(connection, empresa_id, after, up_to)
    media.remove(connection, empresa_id, after, up_to)
    connection.execute(update(Empresa).where(Empresa.id == empresa_id).values(removed_seq=up_to))


def forget_keys(connection: Connection, now: datetime, most: int) -> int:
    """Drop keys that nothing can bring again, at most so many; answers how many."""
    key = tuple_(RemovedKey.empresa_id, RemovedKey.key)
    old = (
        select(RemovedKey.empresa_id, RemovedKey.key)
        .where(RemovedKey.at < now - timedelta(days=KEY_DAYS))
        .limit(most)
    )
    return connection.execute(delete(RemovedKey).where(key.in_(old))).rowcount
