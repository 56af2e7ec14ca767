"""A message of the library's as `data` of the event `message` (docs/api.md)."""

from __future__ import annotations

from typing import Any

from whatsapp.event_shape import iso_of_ms, shape_chat, shape_sender
from whatsapp.jids import bare, bare_text, person
from whatsapp.store import OwnNumber

#: Fields of an end-to-end message that accompany its content and are none.
_COMPANIONS = frozenset(
    {
        "messageContextInfo",
        "senderKeyDistributionMessage",
        "fastRatchetKeySenderKeyDistributionMessage",
    }
)
#: What devices of one account tell one another, and phones tell their companions: no
#: conversation, whoever reads it.
_BETWEEN_DEVICES = frozenset(
    {
        "APP_STATE_SYNC_KEY_SHARE",
        "APP_STATE_SYNC_KEY_REQUEST",
        "APP_STATE_FATAL_EXCEPTION_NOTIFICATION",
        "HISTORY_SYNC_NOTIFICATION",
        "INITIAL_SECURITY_NOTIFICATION_SETTING_SYNC",
        "PEER_DATA_OPERATION_REQUEST_MESSAGE",
        "PEER_DATA_OPERATION_REQUEST_RESPONSE_MESSAGE",
        "LID_MIGRATION_MAPPING_SYNC",
    }
)
_PEER_CATEGORY = "peer"


def is_conversation(event: Any) -> bool:
    """Whether anybody said something: False for what devices tell one another."""
    if event.Info.Category == _PEER_CATEGORY:
        return False
    message = event.Message
    if message.HasField("protocolMessage"):
        protocol = message.protocolMessage
        return protocol.Type.Name(protocol.type) not in _BETWEEN_DEVICES
    names = {field.name for field, _ in message.ListFields()}
    return not (names and names <= _COMPANIONS)


def message_key(event: Any) -> str:
    """The same for the same message delivered twice."""
    source = event.Info.MessageSource
    return f"message:{bare(source.Chat)}:{bare(source.Sender)}:{event.Info.ID}"


def shape_message(event: Any, own: OwnNumber | None) -> dict[str, Any]:
    """What is published of a `MessageEv`; `own`: the empresa's number, if it is known."""
    info = event.Info
    source = info.MessageSource
    name = info.Pushname or None
    kind, content = _content(event.Message)
    is_text = kind in ("conversation", "extendedTextMessage")
    context = _context(content)
    data = {
        "v": 1,
        "id": info.ID,
        "chat": shape_chat(source, None if source.IsFromMe else name),
        "sender": shape_sender(source, name, own),
        "fromMe": source.IsFromMe,
        "timestamp": iso_of_ms(info.Timestamp),
        "type": "text" if is_text else "unsupported",
        "text": _text(content),
        "media": None,
        "quoted": _quoted(context, own),
        "mentions": _mentions(context, own),
        "referral": _referral(context),
        "history": False,
    }
    return data if is_text else data | {"kind": kind}


def unshaped_message(event: Any, received: str) -> dict[str, Any]:
    """What is published of a message that `shape_message` fails on; uses its plainest fields."""
    source = event.Info.MessageSource
    chat = {"id": bare(source.Chat), "phone": None, "lid": None, "name": None}
    return {
        "v": 1,
        "id": event.Info.ID,
        "chat": chat | {"isGroup": source.IsGroup},
        "sender": {"phone": None, "lid": None, "name": None},
        "fromMe": source.IsFromMe,
        "timestamp": received,
        "type": "unsupported",
        "kind": "unreadable",
        **dict.fromkeys(("text", "media", "quoted", "referral")),
        "mentions": [],
        "history": False,
    }


def _content(message: Any) -> tuple[str, Any]:
    """The name and the value of the field that says something."""
    for field, value in message.ListFields():
        if field.name not in _COMPANIONS:
            return field.name, value
    # A kind that this version of the protocol does not know yet.
    return "unknown", ""


def _text(content: Any) -> str | None:
    """The body, or the caption of what is no text."""
    if isinstance(content, str):
        return content or None
    text = getattr(content, "text", None) or getattr(content, "caption", None)
    return text if isinstance(text, str) else None


def _context(content: Any) -> Any | None:
    context = getattr(content, "contextInfo", None)
    return context if context is not None and content.HasField("contextInfo") else None


def _quoted(context: Any | None, own: OwnNumber | None) -> dict[str, Any] | None:
    if context is None or not context.stanzaID:
        return None
    author = person(bare_text(context.participant), own=own)
    _, content = _content(context.quotedMessage)
    return {
        "id": context.stanzaID,
        "sender": {"phone": author.phone, "lid": author.lid},
        "text": _text(content),
    }


def _mentions(context: Any | None, own: OwnNumber | None) -> list[dict[str, Any]]:
    mentioned = context.mentionedJID if context is not None else ()
    people = [person(bare_text(jid), own=own) for jid in mentioned]
    return [{"phone": who.phone, "lid": who.lid} for who in people]


def _referral(context: Any | None) -> dict[str, Any] | None:
    """The ad that the customer came from."""
    if context is None or not context.HasField("externalAdReply"):
        return None
    ad = context.externalAdReply
    return {
        "sourceUrl": ad.sourceURL or None,
        "sourceId": ad.sourceID or None,
        "sourceType": ad.sourceType or None,
        "title": ad.title or None,
        "body": ad.body or None,
        "ctwaClid": ad.ctwaClid or None,
    }
