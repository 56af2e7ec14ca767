"""Conversations and their messages as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from actors.reading import MessagePage, StoredConversation, StoredMessage
from actors.shape import iso
from web.schemas import spot_cursor


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


def page_shape(page: MessagePage, raw: Sequence[object] | None) -> dict[str, Any]:
    """Messages of one; `raw`: the protobuf of each."""
    messages = [message_shape(each) for each in page.messages]
    if raw is not None:
        messages = [each | {"raw": its} for each, its in zip(messages, raw, strict=True)]
    return {
        "conversation": conversation_shape(page.conversation),
        "messages": messages,
        "next": spot_cursor(page.next),
        "previous": spot_cursor(page.previous),
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
