"""A receipt of the library's as `data` of the event `receipt` (docs/api.md)."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from whatsapp.event_shape import iso_of_ms, shape_chat, shape_sender, text_of
from whatsapp.jids import bare
from whatsapp.store import OwnNumber

#: What is published; the others are between devices. INACTIVE: delivered to a device of the
#: customer's that is not in use right now.
_KINDS = {"DELIVERED": "delivered", "INACTIVE": "delivered", "READ": "read", "PLAYED": "played"}


def receipt_kind(event: Any) -> str | None:
    """`delivered`, `read` or `played` by somebody else; None for every other receipt."""
    # An unknown type has no value, and its default would read as DELIVERED.
    if not event.HasField("Type") or event.MessageSource.IsFromMe:
        return None
    return _KINDS.get(event.ReceiptType.Name(event.Type))


def receipt_key(event: Any, kind: str) -> str:
    """The same for the same receipt delivered twice."""
    source = event.MessageSource
    ids = blake2b("\n".join(ids_of(event)).encode(), digest_size=16).hexdigest()
    return f"receipt:{bare(source.Chat)}:{bare(source.Sender)}:{kind}:{ids}"


def is_asking_again(event: Any) -> bool:
    """Whether somebody's device cannot read what was sent, and wants it repeated."""
    is_retry = event.HasField("Type") and event.ReceiptType.Name(event.Type) == "RETRY"
    return is_retry and not event.MessageSource.IsFromMe


def ids_of(event: Any) -> list[str]:
    """The messages that a `ReceiptEv` is about."""
    return [text_of(each) or "" for each in event.MessageIDs]


def shape_receipt(event: Any, kind: str | None, own: OwnNumber | None) -> dict[str, Any]:
    """What is published of a `ReceiptEv` of that kind; None: of one that asks again."""
    source = event.MessageSource
    return {
        "v": 1,
        "messageIds": ids_of(event),
        "chat": shape_chat(source, None),
        "sender": shape_sender(source, None, own),
        **({} if kind is None else {"kind": kind}),
        "timestamp": iso_of_ms(event.Timestamp * 1000),
    }
