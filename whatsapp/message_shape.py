"""A message of the library's as `data` of the event `message` (docs/api.md)."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from whatsapp.context_shape import context_of, shape_mentions, shape_quoted, shape_referral
from whatsapp.event_shape import shape_head, text_of
from whatsapp.jids import bare
from whatsapp.media_shape import MEDIA_TYPES, describe_media, media_source
from whatsapp.message_content import Content, content_of
from whatsapp.message_kinds import kind_of, text_in
from whatsapp.store import OwnNumber

#: What only some messages have.
_NOTHING_MORE: dict[str, Any] = dict.fromkeys(
    ("media", "gif", "location", "contacts", "poll", "choice", "quoted", "referral")
)
#: What every message says of itself, where nobody knows more.
_UNSAID: dict[str, Any] = {
    "type": None,
    "kind": None,
    "text": None,
    "viewOnce": False,
    "mentions": [],
    "history": False,
    "retried": False,
}


def message_key(event: Any, kind: str = "message") -> str:
    """The same for the same message, or the same change, delivered twice."""
    source = event.Info.MessageSource
    return f"{kind}:{bare(source.Chat)}:{bare(source.Sender)}:{event.Info.ID}"


def shape_message(
    event: Any,
    own: OwnNumber | None,
    content: Content | None = None,
) -> dict[str, Any]:
    """What is published of a `MessageEv`, always with the same fields.

    `own`: the empresa's number, if it is known. `content`: of the event, if it was read already.
    """
    content = content or content_of(event.Message)
    kind = kind_of(content)
    data = shape_head(event, own) | _NOTHING_MORE | _UNSAID
    data["type"] = kind.type
    data["kind"] = content.name if kind.type == "unsupported" else None
    data["text"] = text_in(content, kind)
    data["viewOnce"] = _is_view_once(event, content)
    data["retried"] = bool(event.RetryCount or event.UnavailableRequestID)
    if kind.type in MEDIA_TYPES:
        data["media"] = describe_media(content.value, _media_id(event))
    _add_context(data, context_of(content.value), own)
    if kind.more:
        data |= kind.more(content.value)
    return data


def shape_undecryptable(event: Any, own: OwnNumber | None) -> dict[str, Any]:
    """What is published of an `UndecryptableMessageEv`, with the fields of a message."""
    return shape_head(event, own) | _NOTHING_MORE | _UNSAID | {"type": "undecryptable"}


def source_in(event: Any) -> dict[str, Any] | None:
    """Where the file of a `MessageEv` is to be had; None: it has none, or does not say."""
    content = content_of(event.Message)
    kind = kind_of(content)
    return media_source(content.value, kind.type) if kind.type in MEDIA_TYPES else None


def unshaped_message(event: Any, received: str) -> dict[str, Any]:
    """What is published of a message that `shape_message` fails on; uses its plainest fields."""
    source = event.Info.MessageSource
    chat = {"id": bare(source.Chat), "phone": None, "lid": None, "name": None}
    return unparsed_message(received) | {
        "id": text_of(event.Info.ID),
        "chat": chat | {"isGroup": source.IsGroup},
        "fromMe": source.IsFromMe,
    }


def unparsed_message(received: str) -> dict[str, Any]:
    """What is published of a message of which nothing is known."""
    return _NOTHING_MORE | {
        "v": 1,
        "id": None,
        "chat": {"id": None, "phone": None, "lid": None, "isGroup": None, "name": None},
        "sender": {"phone": None, "lid": None, "name": None},
        "fromMe": None,
        "timestamp": received,
        **_UNSAID,
        "type": "unsupported",
        "kind": "unreadable",
    }


def _is_view_once(event: Any, content: Content) -> bool:
    """The library takes off some wrappers itself, and then says so on the event."""
    said: bool = event.IsViewOnce or content.is_view_once
    return said or getattr(content.value, "viewOnce", False)


def _add_context(data: dict[str, Any], context: Any | None, own: OwnNumber | None) -> None:
    if context is not None:
        data["quoted"] = shape_quoted(context, own)
        data["mentions"] = shape_mentions(context, own)
        data["referral"] = shape_referral(context)


def _media_id(event: Any) -> str:
    return blake2b(message_key(event).encode(), digest_size=16).hexdigest()
