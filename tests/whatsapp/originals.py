"""Stored messages that others are about."""

from __future__ import annotations

from typing import Any

from tests.whatsapp.protobufs import e2e
from whatsapp.original import Original

GROUP = "120363-1@g.us"
CUSTOMER = "2924@lid"
#: Of a message of the shop's own.
OWN = {"from_me": True, "sender": "1:2@lid"}


def original(stored: Any = None, /, **fields: Any) -> Original:
    """A customer's message in a chat of two, unless `fields` says otherwise."""
    known: dict[str, Any] = {
        "message_id": "3EB0A",
        "chat": CUSTOMER,
        "sender": f"{CUSTOMER.partition('@')[0]}:3@lid",
        "from_me": False,
        "message": None if stored is None else stored.SerializeToString(),
    }
    return Original(**(known | fields))


def context(**fields: Any) -> Any:
    """What comes with a content: here, a quote and a mention of somebody else's."""
    quoted = e2e.Message(conversation="quoted before")
    return e2e.ContextInfo(
        **{"stanzaID": "OLD", "quotedMessage": quoted, "mentionedJID": ["9@lid"]} | fields
    )
