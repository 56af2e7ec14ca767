"""The parts that messages, changes and receipts have in common: chat, sender, time, texts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from whatsapp.jids import bare, person
from whatsapp.store import OwnNumber

#: The last second of the year 9999, in milliseconds: no calendar goes further.
_LAST_MS = 253_402_300_799_000


def text_of(value: Any) -> str | None:
    """A text of the library's, which anybody wrote; None if it is empty.

    Nobody has checked that it is UTF-8: what is not, protobuf gives as bytes.
    """
    text: str = value.decode(errors="replace") if isinstance(value, bytes) else value
    return text or None


def iso(moment: datetime) -> str:
    """ISO 8601, UTC, milliseconds: `2026-11-24T14:16:54.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_of_ms(milliseconds: int) -> str:
    """The same of milliseconds since 1970; of the nearest time that has such a form."""
    seconds = min(max(milliseconds, 0), _LAST_MS) / 1000
    return iso(datetime.fromtimestamp(seconds, UTC))


def shape_head(event: Any, own: OwnNumber | None) -> dict[str, Any]:
    """With what the `data` of a `MessageEv` begins, whatever it holds."""
    info = event.Info
    source = info.MessageSource
    name = text_of(info.Pushname)
    return {
        "v": 1,
        "id": text_of(info.ID) or "",
        "chat": shape_chat(source, None if source.IsFromMe else name),
        "sender": shape_sender(source, name, own),
        "fromMe": source.IsFromMe,
        "timestamp": iso_of_ms(info.Timestamp),
    }


def shape_chat(source: Any, name: str | None) -> dict[str, Any]:
    """The chat of a `MessageSource`. `name`: of the other side, where it is a chat of two."""
    chat = bare(source.Chat)
    if source.IsGroup:
        return {"id": chat, "phone": None, "lid": None, "isGroup": True, "name": None}
    other = source.RecipientAlt if source.IsFromMe else source.SenderAlt
    who = person(chat, bare(other))
    return {"id": chat, "phone": who.phone, "lid": who.lid, "isGroup": False, "name": name}


def shape_sender(source: Any, name: str | None, own: OwnNumber | None) -> dict[str, Any]:
    """Who sent it, of a `MessageSource`."""
    who = person(bare(source.Sender), bare(source.SenderAlt), own=own)
    return {"phone": who.phone, "lid": who.lid, "name": name}
