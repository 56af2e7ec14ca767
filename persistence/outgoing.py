"""The messages that the API accepted: led through their states, and read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from persistence.json_text import json_text
from persistence.message_life import OPEN, MessageState, may_follow
from persistence.models import Outgoing
from persistence.outgoing_values import (
    Change,
    OutgoingMessage,
    Step,
    Waiting,
)
from persistence.values import NewEvent

#: Ids that are looked up by one statement.
_IDS = 500

_RECEIPTS = {
    "delivered": MessageState.DELIVERED,
    "read": MessageState.READ,
    "played": MessageState.PLAYED,
}


def change(connection: Connection, empresa_id: int, changes: Sequence[Change]) -> list[NewEvent]:
    """Carry out those that the states before them allow, in order; their events."""
    rows = _rows(connection, empresa_id, {each.id for each in changes})
    events, touched = [], {}
    for each in changes:
        row = rows.get(each.id)
        if row is None or not may_follow(MessageState(row["state"]), each.state):
            continue
        _take_step(row, each)
        touched[each.id] = row
        events.append(
            event_of(each.id, row["whatsapp_id"], row["chat"], each.state, each.reason, each.at)
        )
    if touched:
        connection.execute(
            update(Outgoing).where(
                Outgoing.empresa_id == bindparam("empresa"), Outgoing.id == bindparam("message")
            ),
            [
                {"empresa": empresa_id, "message": each, **row, "states": json_text(row["states"])}
                for each, row in touched.items()
            ],
        )
    return events


def received(
    connection: Connection, empresa_id: int, receipts: Iterable[tuple[Sequence[str], str, datetime]]
) -> list[Change]:
    """What receipts (WhatsApp's ids, kind, moment) say of messages that were sent through us."""
    told = [(each, kind, at) for ids, kind, at in receipts for each in ids]
    names: dict[str, str] = {}
    ids = sorted({each for each, _, _ in told})
    for start in range(0, len(ids), _IDS):
        found = select(Outgoing.whatsapp_id, Outgoing.id).where(
            Outgoing.empresa_id == empresa_id,
            Outgoing.whatsapp_id.in_(ids[start : start + _IDS]),
        )
        names.update({row.whatsapp_id: row.id for row in connection.execute(found)})
    return [Change(names[each], _RECEIPTS[kind], at) for each, kind, at in told if each in names]


def waiting(connection: Connection, empresa_id: int, after: int, limit: int) -> list[Waiting]:
    """Of those that may still be sent, at most `limit` with a number above `after`, in order."""
    found = (
        select(Outgoing)
        .where(Outgoing.empresa_id == empresa_id, Outgoing.is_open, Outgoing.number > after)
        .order_by(Outgoing.number)
        .limit(limit)
    )
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
        )
        for row in connection.execute(found).all()
    ]


def message(connection: Connection, empresa_id: int, name: str) -> OutgoingMessage | None:
    """One by our id or WhatsApp's; None: there is none."""
    found = select(Outgoing).where(
        Outgoing.empresa_id == empresa_id, (Outgoing.id == name) | (Outgoing.whatsapp_id == name)
    )
    row = connection.execute(found).one_or_none()
    return None if row is None else _message(row)


def with_some(connection: Connection) -> list[int]:
    """The empresas of which messages may still be sent."""
    found = select(Outgoing.empresa_id).where(Outgoing.is_open).distinct()
    return sorted(connection.scalars(found))


def _rows(connection: Connection, empresa_id: int, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What a step changes, by message."""
    wanted, rows = sorted(ids), {}
    for start in range(0, len(wanted), _IDS):
        found = select(
            Outgoing.id,
            Outgoing.state,
            Outgoing.reason,
            Outgoing.is_open,
            Outgoing.states,
            Outgoing.chat,
            Outgoing.store,
            Outgoing.secret,
            Outgoing.whatsapp_id,
        ).where(Outgoing.empresa_id == empresa_id, Outgoing.id.in_(wanted[start : start + _IDS]))
        for row in connection.execute(found).mappings():
            values = dict(row)
            rows[values.pop("id")] = {**values, "states": json.loads(values["states"])}
    return rows


def _take_step(row: dict[str, Any], step: Change) -> None:
    row["state"], row["reason"] = step.state, step.reason
    row["is_open"] = step.state in OPEN
    row["states"].append(step_row(step.state, step.reason, step.at))
    for name in ("chat", "store", "secret", "whatsapp_id"):
        if (given := getattr(step, name)) is not None:
            row[name] = given


def step_row(state: MessageState, reason: str | None, at: datetime) -> list[str | None]:
    """A state as the message's row keeps it."""
    return [state, reason, at.isoformat()]


def event_of(
    message_id: str,
    whatsapp_id: str | None,
    chat: str | None,
    state: MessageState,
    reason: str | None,
    at: datetime,
) -> NewEvent:
    """A state as the ledger has it."""
    data = {
        "v": 1,
        "id": message_id,
        "whatsappId": whatsapp_id,
        "chat": chat,
        "state": state,
        "reason": reason,
    }
    return NewEvent("message_state", at, data)


def _message(row: Row[Any]) -> OutgoingMessage:
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
    )
