"""A message that the API sent, in the shape of those that are received (`docs/api.md`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from persistence.addresses import GROUP_SERVER, LID_SERVER, phone_in

#: All that a message has, where it has nothing of it.
_NOTHING: dict[str, Any] = dict.fromkeys(
    ("kind", "text", "media", "gif", "location", "contacts", "poll", "choice", "quoted", "referral")
)
#: The types of content that are messages, and as what they come.
_TYPES = frozenset(
    {
        *("text", "image", "video", "audio", "document", "sticker"),
        *("location", "contact", "poll", "forward"),
    }
)
#: Those that are none: each does something to another.
CHANGES = frozenset({"reaction", "edit", "delete"})
#: What is kept of a message that another one is about.
SAID = ("type", "text", "gif", "viewOnce", "location", "contacts", "choice")


def sent_shape(
    whatsapp_id: str, number: str | None, chat: str, at: datetime, content: dict[str, Any]
) -> dict[str, Any] | None:
    """Its `data`; None: it is no message, but does something to another.

    `number`: the own one. `at`: in whole seconds, as WhatsApp's times are.
    """
    kind = content.get("type")
    if kind not in _TYPES:
        return None
    said = content["about"]["said"] if kind == "forward" else _said(content)
    return {
        **_NOTHING,
        "v": 1,
        "id": whatsapp_id,
        "chat": chat_shape(chat),
        "sender": {"phone": number, "lid": None, "name": None},
        "fromMe": True,
        "timestamp": _iso(at),
        **said,
        "poll": _poll(content) if kind == "poll" else None,
        "quoted": _quoted(content),
        "mentions": [_mention(each) for each in content.get("mentions") or ()],
        "history": False,
        "retried": False,
    }


def sent_change(
    outgoing_id: str, whatsapp_id: str, number: str | None, at: datetime, content: dict[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    """Which event it is that tells of a change to another message, and its `data`; None: none."""
    about = content.get("about")
    if content.get("type") not in CHANGES or about is None:
        return None
    kind, more = _done(content, is_ours=about["fromMe"])
    return kind, {
        "v": 1,
        "id": whatsapp_id,
        "chat": about["chat"],
        "sender": {"phone": number, "lid": None, "name": None},
        "fromMe": True,
        "timestamp": _iso(at),
        "target": {"id": about["id"], "sender": about["sender"], "fromMe": about["fromMe"]},
        **more,
        "outgoingId": outgoing_id,
    }


def said_of(content: dict[str, Any]) -> dict[str, Any]:
    """What a message that has not left will say: `SAID`, as its event would have it."""
    return {name: _said(content).get(name) for name in SAID}


def chat_shape(chat: str | None) -> dict[str, Any]:
    """A chat of which the JID alone is known, if that is."""
    server = (chat or "").partition("@")[2]
    return {
        "id": chat,
        "phone": phone_in(chat or ""),
        "lid": chat if server == LID_SERVER else None,
        "isGroup": server == GROUP_SERVER,
        "name": None,
    }


def _said(content: dict[str, Any]) -> dict[str, Any]:
    kind = content["type"]
    return {
        "type": "voice" if content.get("voice") else kind,
        "text": content.get("text"),
        "viewOnce": False,
        "gif": False if kind == "video" else None,
        "location": _location(content) if kind == "location" else None,
        "contacts": _contacts(content) if kind == "contact" else None,
    }


def _done(content: dict[str, Any], *, is_ours: bool) -> tuple[str, dict[str, Any]]:
    match content["type"]:
        case "reaction":
            return "message_reaction", {"emoji": content["emoji"] or None}
        case "edit":
            mentions = [_mention(each) for each in content.get("mentions") or ()]
            return "message_edited", {"text": content["text"], "mentions": mentions}
    return "message_deleted", {"by": "sender" if is_ours else "admin"}


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


def _quoted(content: dict[str, Any]) -> dict[str, Any] | None:
    about = content.get("about")
    if content.get("quote") is None or about is None:
        return None
    said = {name: about["said"][name] for name in ("type", "text")}
    return {"id": about["id"], "sender": about["sender"], **said}


def _mention(person: dict[str, Any]) -> dict[str, Any]:
    candidates = person["candidates"]
    return {"phone": candidates[0] if candidates else None, "lid": person["jid"]}
