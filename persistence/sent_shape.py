"""A message that the API sent, in the shape of those that are received (`docs/api.md`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

#: All that a message has, where it has nothing of it.
_NOTHING: dict[str, Any] = dict.fromkeys(
    ("kind", "text", "media", "gif", "location", "contacts", "poll", "choice", "quoted", "referral")
)
#: The types of content that are messages, and as what they come.
_TYPES = frozenset(
    {"text", "image", "video", "audio", "document", "sticker", "location", "contact", "poll"}
)


def sent_shape(
    whatsapp_id: str, number: str | None, chat: str, at: datetime, content: dict[str, Any]
) -> dict[str, Any] | None:
    """Its `data`; None: it is no message, but does something to another.

    `number`: the own one. `at`: in whole seconds, as WhatsApp's times are.
    """
    kind = content.get("type")
    if kind not in _TYPES:
        return None
    user, _, server = chat.partition("@")
    return {
        **_NOTHING,
        "v": 1,
        "id": whatsapp_id,
        "chat": {
            "id": chat,
            "phone": f"+{user}" if server == "s.whatsapp.net" else None,
            "lid": chat if server == "lid" else None,
            "isGroup": server == "g.us",
            "name": None,
        },
        "sender": {"phone": number, "lid": None, "name": None},
        "fromMe": True,
        "timestamp": _iso(at),
        "type": "voice" if content.get("voice") else kind,
        "text": content.get("text"),
        "viewOnce": False,
        "gif": False if kind == "video" else None,
        "location": _location(content) if kind == "location" else None,
        "contacts": _contacts(content) if kind == "contact" else None,
        "poll": _poll(content) if kind == "poll" else None,
        "quoted": _quoted(content.get("quote")),
        "mentions": [_mention(each) for each in content.get("mentions") or ()],
        "history": False,
    }


def sent_change(
    content: dict[str, Any], number: str, at: datetime, *, is_ours: bool
) -> tuple[str, dict[str, Any]] | None:
    """Which change it is to another message, and its `data`; None: none, or to a wrong one.

    `is_ours`: whether the shop wrote that other one, which alone can be edited.
    """
    data: dict[str, Any] = {
        "sender": {"phone": number, "lid": None, "name": None},
        "fromMe": True,
        "timestamp": _iso(at),
    }
    match content.get("type"):
        case "reaction":
            return "message_reaction", data | {"emoji": content["emoji"] or None}
        case "edit" if is_ours:
            mentions = [_mention(each) for each in content.get("mentions") or ()]
            return "message_edited", data | {"text": content["text"], "mentions": mentions}
        case "delete":
            return "message_deleted", data | {"by": "sender" if is_ours else "admin"}
    return None


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _location(content: dict[str, Any]) -> dict[str, Any]:
    given = {name: content.get(name) for name in ("latitude", "longitude", "name", "address")}
    return {**given, "accuracy": None, "url": None, "live": False}


def _contacts(content: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": each["name"], "phones": [{"phone": each["phone"], "text": each["phone"]}]}
        for each in content["contacts"]
    ]


def _poll(content: dict[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in ("question", "options", "choices")}


def _quoted(whatsapp_id: str | None) -> dict[str, Any] | None:
    if whatsapp_id is None:
        return None
    nobody = {"phone": None, "lid": None}
    return {"id": whatsapp_id, "sender": nobody, "type": None, "text": None}


def _mention(person: dict[str, Any]) -> dict[str, Any]:
    candidates = person["candidates"]
    return {"phone": candidates[0] if candidates else None, "lid": person["jid"]}
