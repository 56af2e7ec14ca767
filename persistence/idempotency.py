"""The keys under which something was asked for: a repeat finds what came of the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, tuple_

from persistence.models import IdempotencyKey
from persistence.outgoing_values import Idempotency

# Made once: to make a statement takes longer than to carry it out.
_MINE = (
    IdempotencyKey.empresa_id == bindparam("empresa"),
    IdempotencyKey.key == bindparam("asked"),
)
_FIND = select(IdempotencyKey.digest, IdempotencyKey.message_id, IdempotencyKey.at).where(*_MINE)
_DELETE = delete(IdempotencyKey).where(*_MINE)
_INSERT = insert(IdempotencyKey)

#: Hours for which a key stands for what was accepted under it.
KEY_HOURS = 24


@dataclass(frozen=True, slots=True)
class Known:
    """What a key stands for."""

    id: str
    """Of a message or of a job."""
    is_same: bool
    """Whether the same was asked for."""


def find(
    connection: Connection, empresa_id: int, idempotency: Idempotency, now: datetime
) -> Known | None:
    """What the key still stands for. Changes nothing."""
    mine = {"empresa": empresa_id, "asked": idempotency.key}
    row = connection.execute(_FIND, mine).one_or_none()
    if row is None or row.at <= _oldest(now):
        return None
    return Known(row.message_id, row.digest == idempotency.digest)


def put(
    connection: Connection, empresa_id: int, idempotency: Idempotency, id_: str, at: datetime
) -> None:
    """Let the key stand for this, also where it stood for something that is too old."""
    connection.execute(_DELETE, {"empresa": empresa_id, "asked": idempotency.key})
    row = {"key": idempotency.key, "digest": idempotency.digest, "message_id": id_, "at": at}
    connection.execute(_INSERT, {"empresa_id": empresa_id, **row})


def forget(connection: Connection, now: datetime, most: int) -> int:
    """Drop keys that stand for nothing any more, at most so many; answers how many."""
    key = tuple_(IdempotencyKey.empresa_id, IdempotencyKey.key)
    old = (
        select(IdempotencyKey.empresa_id, IdempotencyKey.key)
        .where(IdempotencyKey.at <= _oldest(now))
        .limit(most)
    )
    return connection.execute(delete(IdempotencyKey).where(key.in_(old))).rowcount


def _oldest(now: datetime) -> datetime:
    """From when a key must be that still stands for something."""
    return now - timedelta(hours=KEY_HOURS)
