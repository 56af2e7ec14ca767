"""The parts that messages and receipts have in common: chat, sender, time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from whatsapp.jids import bare, person
from whatsapp.store import OwnNumber


def iso(moment: datetime) -> str:
    """ISO 8601, UTC, milliseconds: `2026-11-24T14:16:54.123Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_of_ms(milliseconds: int) -> str:
    """The same of milliseconds since 1970."""
    return iso(datetime.fromtimestamp(milliseconds / 1000, UTC))


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
