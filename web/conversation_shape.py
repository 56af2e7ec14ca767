"""Conversations and their messages as JSON."""

from __future__ import annotations

import json
from typing import Any

from actors.reading import StoredConversation, StoredMessage
from actors.shape import iso


def conversation_shape(found: StoredConversation) -> dict[str, Any]:
    """One of the list."""
    return {
        "chat": {
            "id": found.chat,
            "phone": found.phone,
            "lid": found.lid,
            "isGroup": found.is_group,
            "name": found.name,
        },
        "number": found.number,
        "unread": found.unread,
        "lastAt": iso(found.last.at),
        "history": found.is_history,
        "lastMessage": message_shape(found.message) if found.message else None,
    }


def message_shape(found: StoredMessage) -> dict[str, Any]:
    """As the event `message`, with what was done to it since."""
    data: dict[str, Any] = json.loads(found.json)
    changes = json.loads(found.changes) if found.changes else {}
    edited = changes.get("edited")
    if edited is not None:
        data |= {"text": edited["text"], "mentions": edited["mentions"]}
    if found.media is not None:
        data["media"] = json.loads(found.media)["media"]
    return data | {
        "outgoingId": found.outgoing_id,
        "state": found.state,
        "edited": None if edited is None else {"timestamp": edited["timestamp"]},
        "deleted": changes.get("deleted"),
        "reactions": changes.get("reactions", []),
        "votes": changes.get("votes", []),
    }
