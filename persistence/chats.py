"""The chats in which an empresa's number has been, as its messages tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, or_, select

from persistence.addresses import phone_in
from persistence.chunks import chunks
from persistence.filed import chat_of, moment, plain
from persistence.models import Chat
from persistence.outgoing_values import Conversation
from persistence.upsert import upsert
from persistence.values import NewEvent

# Made once: to make a statement takes longer than to carry it out.
_NAMES: Any = bindparam("names", expanding=True)
_NAMED = select(Chat.id, Chat.phone, Chat.heard_at).where(
    Chat.empresa_id == bindparam("empresa"), Chat.id.in_(_NAMES) | Chat.phone.in_(_NAMES)
)

_NEVER = datetime.min.replace(tzinfo=UTC)


def note(connection: Connection, told: Mapping[int, Iterable[NewEvent]]) -> None:
    """Keep what these events, by empresa, tell of chats; those that are no messages tell nothing.

    One statement for all of them. A phone number that is known stays; the later moment counts.
    """
    rows = [
        {"empresa_id": empresa_id, "id": chat_id, "phone": phone, "heard_at": heard_at}
        for empresa_id, events in told.items()
        for chat_id, (phone, heard_at) in _told(events).items()
    ]
    if not rows:
        return
    connection.execute(_note(connection.dialect.name), rows)


@cache
def _note(dialect: str) -> Any:
    """To make it takes longer than to use it."""
    statement = upsert(dialect, Chat)
    there, new = Chat.__table__.c, statement.excluded
    is_later = or_(there.heard_at.is_(None), new.heard_at > there.heard_at)
    known = {
        "phone": func.coalesce(there.phone, new.phone),
        "heard_at": case((is_later, new.heard_at), else_=there.heard_at),
    }
    return statement.on_conflict_do_update(index_elements=["empresa_id", "id"], set_=known)


def find(connection: Connection, empresa_id: int, names: Sequence[str]) -> str | None:
    """The JID of the chat that goes by one of these JIDs or phone numbers; the first counts."""
    rows = connection.execute(_NAMED, {"empresa": empresa_id, "names": list(names)}).all()
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
    for some in chunks(wanted):
        rows = connection.execute(_NAMED, {"empresa": empresa_id, "names": some}).all()
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
    phone = phone_in(chat)
    return () if phone is None else (phone,)


_Known = tuple[str | None, datetime | None]


def _told(events: Iterable[NewEvent]) -> dict[str, _Known]:
    told: dict[str, _Known] = {}
    for event in events:
        chat_id = chat_of(event.data) if event.type == "message" else None
        if chat_id is None:
            continue
        heard_at = None if event.data.get("fromMe") else _heard_at(event)
        phone = plain(event.data["chat"].get("phone"))
        told[chat_id] = _better(told.get(chat_id, (None, None)), (phone, heard_at))
    return told


def _heard_at(event: NewEvent) -> datetime:
    """What was said before the link may be long ago; all else was said as it came."""
    if event.data.get("history"):
        return moment(event.data.get("timestamp"), event.at)
    return event.at


def _better(before: _Known, told: _Known) -> _Known:
    """What is known then: a phone number that was not, the later moment."""
    moments = [moment for moment in (before[1], told[1]) if moment is not None]
    return before[0] or told[0], max(moments, default=None)
