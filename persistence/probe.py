"""Whether the database takes a write now: found out by writing."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, update

from persistence.models import WriteProbe

_ROW = 1


def probe(connection: Connection) -> None:
    """Rewrite the one row that is there for it."""
    now = datetime.now(UTC)
    changed = connection.execute(
        update(WriteProbe).where(WriteProbe.id == _ROW).values(at=now)
    ).rowcount
    if not changed:
        connection.execute(insert(WriteProbe).values(id=_ROW, at=now))
