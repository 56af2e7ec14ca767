"""Typing and presence as `data` of the events `typing` and `presence` (docs/api.md)."""

from __future__ import annotations

from typing import Any

from whatsapp.event_shape import iso_of_ms, shape_chat, shape_sender
from whatsapp.jids import Person, bare, person
from whatsapp.store import OwnNumber


def shape_typing(event: Any, own: OwnNumber | None, known: Person | None) -> dict[str, Any] | None:
    """What is published of a `ChatPresenceEv`; None: it is of our own, or of a state unknown.

    `known`: who the other side of a chat of two is, where somebody has told.
    """
    source = event.MessageSource
    # An unknown state has no value, and its default would read as COMPOSING.
    if source.IsFromMe or not source.Chat.Server or not event.HasField("State"):
        return None
    chat, sender = shape_chat(source, None), shape_sender(source, None, own)
    if known is not None and not source.IsGroup:
        chat |= {"phone": chat["phone"] or known.phone, "lid": chat["lid"] or known.lid}
        sender |= {"phone": chat["phone"], "lid": chat["lid"]}
    return {"v": 1, "chat": chat, "sender": sender, "state": _state(event)}


def shape_presence(event: Any, known: Person | None) -> dict[str, Any] | None:
    """What is published of a `PresenceEv`; None: nobody knows whose it is."""
    chat = bare(event.From)
    if chat is None:
        return None
    who = person(chat)
    known = known or who
    # Whoever hides it, and whoever is there, has a time long before the year 1970.
    last_seen = event.LastSeen if event.Unavailable else 0
    return {
        "v": 1,
        "chat": chat,
        "phone": who.phone or known.phone,
        "lid": who.lid or known.lid,
        "online": not event.Unavailable,
        "lastSeen": iso_of_ms(1000 * last_seen) if last_seen > 0 else None,
    }


def _state(event: Any) -> str:
    if event.State != event.COMPOSING:
        return "paused"
    is_audio = event.HasField("Media") and event.Media == event.AUDIO
    return "recording" if is_audio else "composing"
