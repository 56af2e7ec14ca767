"""The messages that the API accepted, as they are read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, select

from persistence import chats
from persistence.message_life import MessageState
from persistence.models import Job, Outgoing
from persistence.outgoing_values import OutgoingMessage, Step, Waiting

#: What a sender must know of those that wait; not what they say, which may be long.
_WAITING = select(
    Outgoing.id,
    Outgoing.number,
    Outgoing.at,
    Outgoing.expires_at,
    Outgoing.recipient,
    Outgoing.chat,
    Outgoing.lane,
    Outgoing.job,
    Outgoing.state,
    Outgoing.secret,
    Outgoing.store,
    Outgoing.client,
    Outgoing.typing_ms,
    Job.is_paused,
).outerjoin(Job, and_(Job.empresa_id == Outgoing.empresa_id, Job.id == Outgoing.job))

# Made once: to make a statement takes longer than to carry it out.
_MINE = Outgoing.empresa_id == bindparam("empresa")
_NAME: Any = bindparam("name")
_NAMED = select(Outgoing).where(_MINE, (Outgoing.id == _NAME) | (Outgoing.whatsapp_id == _NAME))
_WAITING_ONE = _WAITING.where(_MINE, Outgoing.id == _NAME)
_WAITING_SOME = (
    _WAITING.where(_MINE, Outgoing.is_open, Outgoing.number > bindparam("after"))
    .order_by(Outgoing.number)
    .limit(bindparam("limit"))
)


def waiting(connection: Connection, empresa_id: int, after: int, limit: int) -> list[Waiting]:
    """Of those that may still be sent, at most `limit` with a number above `after`, in order."""
    asked = {"empresa": empresa_id, "after": after, "limit": limit}
    return _waiting(connection, empresa_id, connection.execute(_WAITING_SOME, asked).all())


def message(connection: Connection, empresa_id: int, name: str) -> OutgoingMessage | None:
    """One by our id or WhatsApp's; None: there is none."""
    row = connection.execute(_NAMED, {"empresa": empresa_id, "name": name}).one_or_none()
    if row is None:
        return None
    if row.state != MessageState.QUEUED:
        return _message(row, None)
    mine = {"empresa": empresa_id, "name": row.id}
    (waits,) = _waiting(connection, empresa_id, connection.execute(_WAITING_ONE, mine).all())
    return _message(row, waits)


def with_some(connection: Connection) -> list[int]:
    """The empresas of which messages may still be sent."""
    found = select(Outgoing.empresa_id).where(Outgoing.is_open).distinct()
    return sorted(connection.scalars(found))


def files(connection: Connection, empresa_id: int) -> frozenset[str]:
    """The SHA-256, in hex, of each file that a message which may still be sent brings."""
    found = select(Outgoing.content).where(Outgoing.empresa_id == empresa_id, Outgoing.is_open)
    contents = (json.loads(each) for each in connection.scalars(found) if '"file"' in each)
    return frozenset(each["file"]["sha256"] for each in contents if each.get("file"))


def _waiting(connection: Connection, empresa_id: int, rows: Sequence[Any]) -> list[Waiting]:
    addressed = [(row.chat, json.loads(row.recipient).get("names", ())) for row in rows]
    return [
        Waiting(
            row.id,
            row.number,
            row.at,
            row.expires_at,
            row.chat,
            row.lane,
            row.job,
            MessageState(row.state),
            row.secret,
            row.store,
            row.client,
            conversation,
            bool(row.is_paused),
            row.typing_ms,
        )
        for row, conversation in zip(
            rows, chats.conversations(connection, empresa_id, addressed), strict=True
        )
    ]


def _message(row: Row[Any], waiting: Waiting | None) -> OutgoingMessage:
    steps = tuple(
        Step(MessageState(state), reason, datetime.fromisoformat(at))
        for state, reason, at in json.loads(row.states)
    )
    return OutgoingMessage(
        row.id,
        row.whatsapp_id,
        json.loads(row.recipient),
        row.chat,
        row.job,
        json.loads(row.content),
        MessageState(row.state),
        row.reason,
        row.expires_at,
        steps,
        waiting,
    )
