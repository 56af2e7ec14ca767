"""The chats in which an empresa's number has been, as its messages tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from persistence.models import Chat
from persistence.outgoing_values import Conversation
from persistence.values import NewEvent

#: How a JID ends that is a phone number.
_BY_PHONE = "s.whatsapp.net"
_NEVER = datetime.min.replace(tzinfo=UTC)
#: Chats that are looked up by one statement.
_CHATS = 500


def note(connection: Connection, empresa_id: int, events: Iterable[NewEvent]) -> None:
    """Keep what these events tell of chats; those that are no messages tell nothing."""
    told = _told(events)
    known = _known(connection, empresa_id, sorted(told))
    new, changed = [], []
    for chat_id, (phone, heard_at) in told.items():
        row = {"empresa": empresa_id, "chat": chat_id, "phone": phone, "heard_at": heard_at}
        if chat_id not in known:
            new.append({"empresa_id": empresa_id, "id": chat_id, **row})
        elif (better := _better(known[chat_id], (phone, heard_at))) != known[chat_id]:
            changed.append({**row, "phone": better[0], "heard_at": better[1]})
    if new:
        names = ("empresa_id", "id", "phone", "heard_at")
        connection.execute(insert(Chat), [{name: row[name] for name in names} for row in new])
    if changed:
        mine = Chat.empresa_id == bindparam("empresa"), Chat.id == bindparam("chat")
        connection.execute(update(Chat).where(*mine), changed)


def find(connection: Connection, empresa_id: int, names: Sequence[str]) -> str | None:
    """The JID of the chat that goes by one of these JIDs or phone numbers; the first counts."""
    found = select(Chat.id, Chat.phone).where(
        Chat.empresa_id == empresa_id, Chat.id.in_(names) | Chat.phone.in_(names)
    )
    rows = connection.execute(found).all()
    by_name = {row.phone: row.id for row in rows} | {row.id: row.id for row in rows}
    return next((by_name[name] for name in names if name in by_name), None)


def conversations(
    connection: Connection,
    empresa_id: int,
    addressed: Sequence[tuple[str | None, Sequence[str]]],
) -> list[Conversation]:
    """With whom messages are, each given by its chat, where that is known, and by whom it is for.

    A chat that WhatsApp named by the phone number is the one in which that number wrote.
    """
    phones = [_phones(chat, names) for chat, names in addressed]
    wanted = sorted({chat for chat, _ in addressed if chat}.union(*phones))
    by_name: dict[str, tuple[str, datetime | None]] = {}
    for start in range(0, len(wanted), _CHATS):
        some = wanted[start : start + _CHATS]
        found = select(Chat.id, Chat.phone, Chat.heard_at).where(
            Chat.empresa_id == empresa_id, Chat.id.in_(some) | Chat.phone.in_(some)
        )
        rows = connection.execute(found).all()
        # Of two with one number the one in which somebody wrote last.
        for row in sorted(rows, key=lambda row: row.heard_at or _NEVER):
            by_name |= dict.fromkeys((row.id, row.phone or row.id), (row.id, row.heard_at))
    return [
        _conversation(chat, names, numbers, by_name)
        for (chat, names), numbers in zip(addressed, phones, strict=True)
    ]


def _conversation(
    chat: str | None,
    names: Sequence[str],
    phones: tuple[str, ...],
    by_name: dict[str, tuple[str, datetime | None]],
) -> Conversation:
    for name in (*phones, chat):
        if name in by_name:
            return Conversation(by_name[name][0], phones, by_name[name][1])
    return Conversation((*phones, chat or "", *names)[0], phones, None)


def _phones(chat: str | None, names: Sequence[str]) -> tuple[str, ...]:
    if chat is None:
        return tuple(name for name in names if name.startswith("+"))
    user, _, server = chat.partition("@")
    return (f"+{user}",) if server == _BY_PHONE else ()


_Known = tuple[str | None, datetime | None]


def _told(events: Iterable[NewEvent]) -> dict[str, _Known]:
    told: dict[str, _Known] = {}
    for event in events:
        chat = event.data.get("chat") if event.type == "message" else None
        if not isinstance(chat, dict) or "@" not in (chat_id := chat.get("id") or ""):
            continue
        heard_at = None if event.data.get("fromMe") else event.at
        told[chat_id] = _better(told.get(chat_id, (None, None)), (_phone(chat), heard_at))
    return told


def _phone(chat: dict[str, Any]) -> str | None:
    phone = chat.get("phone")
    return phone if isinstance(phone, str) else None


def _better(before: _Known, told: _Known) -> _Known:
    """What is known then: a phone number that was not, the later moment."""
    moments = [moment for moment in (before[1], told[1]) if moment is not None]
    return before[0] or told[0], max(moments, default=None)


def _known(connection: Connection, empresa_id: int, ids: Sequence[str]) -> dict[str, _Known]:
    known: dict[str, _Known] = {}
    for start in range(0, len(ids), _CHATS):
        found = select(Chat.id, Chat.phone, Chat.heard_at).where(
            Chat.empresa_id == empresa_id, Chat.id.in_(ids[start : start + _CHATS])
        )
        known |= {row.id: (row.phone, row.heard_at) for row in connection.execute(found)}
    return known
