"""What the ledger has of the life of a message that the API accepted."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from persistence.models import Empresa, Event
from persistence.sent_shape import sent_change
from persistence.values import NewEvent

#: The type of events that tell that what was sent was received.
RECEIPT = "receipt"
#: Events among which receipts are looked for that came before the message's id was known.
LAST_EVENTS = 10_000


def state_event(message_id: str, row: dict[str, Any], at: datetime) -> NewEvent:
    """A state as the ledger has it."""
    data = {
        "v": 1,
        "id": message_id,
        "whatsappId": row["whatsapp_id"],
        "chat": row["chat"],
        "state": row["state"],
        "reason": row["reason"],
    }
    return NewEvent("message_state", at, data)


def change_event(
    message_id: str, whatsapp_id: str, number: str | None, at: datetime, content: dict[str, Any]
) -> NewEvent | None:
    """What one that has left does to another message, as the ledger has it; None: nothing."""
    done = sent_change(message_id, whatsapp_id, number, at, content)
    return None if done is None else NewEvent(done[0], at, done[1])


def receipts_of(connection: Connection, empresa_id: int, whatsapp_id: str) -> list[str]:
    """The kinds of receipts of a message among the ledger's last events, the oldest first."""
    last = select(Empresa.last_seq).where(Empresa.id == empresa_id).scalar_subquery()
    found = (
        select(Event.data)
        .where(
            Event.empresa_id == empresa_id, Event.seq > last - LAST_EVENTS, Event.type == RECEIPT
        )
        .order_by(Event.seq)
    )
    receipts = [json.loads(data) for data in connection.scalars(found) if whatsapp_id in data]
    return [each["kind"] for each in receipts if whatsapp_id in each["messageIds"]]
