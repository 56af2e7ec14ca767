"""Events of conversations, and what is kept of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from persistence import conversations, empresas, filing, ledger, lives, media
from persistence.conversation_values import StoredConversation, StoredMessage
from persistence.outgoing_values import Change
from persistence.values import LedgerEvent, NewEvent, StoredStatus

AT = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
OWN, OTHER_OWN = "+5521999990001", "+5521999990002"
CHAT, PHONE = "769185781172756@lid", "+5521988880001"
GROUP = "120363001122334455@g.us"
LATER = timedelta(minutes=1)
ALL = 1000


def link(connection: Connection, number: str = OWN, empresa_id: int = 5) -> None:
    """The number is the empresa's from now on."""
    empresas.ensure(connection, [empresa_id])
    empresas.put_statuses(
        connection, [StoredStatus(empresa_id, "connected", None, AT, number, None)]
    )


def tell(
    connection: Connection, *items: NewEvent | Change, empresa_id: int = 5
) -> list[LedgerEvent]:
    """As the archive's transaction does; what was numbered."""
    heads = empresas.ensure(connection, [empresa_id])
    events = lives.follow(connection, empresa_id, items).events
    numbered = ledger.number(connection, heads, {empresa_id: events})
    filing.file_events(connection, numbered)
    media.note(connection, numbered)
    return [event for _, event in numbered.get(empresa_id, [])]


def event(kind: str, whatsapp_id: str, minute: int = 0, **other: Any) -> NewEvent:
    """Of Maria's; `own`, `raw` and `key` are the event's, all else is its data's."""
    beside = {name: other.pop(name) for name in ("own", "raw", "key") if name in other}
    who = {"phone": PHONE, "lid": CHAT, "name": "Maria"}
    data = {
        "v": 1,
        "id": whatsapp_id,
        "chat": {"id": CHAT, "isGroup": False, **who},
        "sender": who,
        "fromMe": False,
        "timestamp": (AT + minute * LATER).isoformat(timespec="milliseconds"),
        **other,
    }
    key = f"{kind}:{data['chat'].get('id') if isinstance(data['chat'], dict) else ''}:{whatsapp_id}"
    return NewEvent(kind, AT, data, **{"key": key, **beside})


def message(whatsapp_id: str, minute: int = 0, **other: Any) -> NewEvent:
    given = {"type": "text", "text": f"texto {whatsapp_id}", "mentions": [], "history": False}
    return event("message", whatsapp_id, minute, **{**given, **other})


def ours(whatsapp_id: str, minute: int = 0, **other: Any) -> NewEvent:
    """What the shop wrote on its phone."""
    sender = {"phone": OWN, "lid": None, "name": "Loja"}
    chat = {"id": CHAT, "isGroup": False, "phone": PHONE, "lid": CHAT, "name": None}
    given = {"fromMe": True, "sender": sender, "chat": chat}
    return message(whatsapp_id, minute, **{**given, **other})


def change(kind: str, target: str, /, minute: int = 1, **other: Any) -> NewEvent:
    """What Maria did to a message of hers."""
    about = {"id": target, "sender": {"phone": PHONE, "lid": CHAT}, "fromMe": False}
    return event(kind, f"{kind}{target}{minute}", minute, **{"target": about, **other})


def shown(connection: Connection, number: str | None = None) -> list[StoredConversation]:
    return list(conversations.page(connection, 5, number, None, ALL).conversations)


def said(
    connection: Connection, chat: str = CHAT, number: str | None = None
) -> list[StoredMessage]:
    """The newest first."""
    found = conversations.find(connection, 5, number, [chat])
    assert found is not None
    return list(conversations.messages(connection, 5, found, None, None, ALL).messages)


def ids(found: list[StoredMessage] | tuple[StoredMessage, ...]) -> list[str]:
    return [json.loads(each.json)["id"] for each in found]


def changes(found: StoredMessage) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(found.changes or "{}")
    return kept
