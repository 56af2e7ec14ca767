"""One conversation for each person, whatever WhatsApp calls them: by phone number, or by LID.

Who is written to by phone number has a conversation under that number until it is known to which
LID it belongs: mostly with the first answer. From then on both are the LID's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from persistence.addresses import LID_SERVER, is_lid, jid_of, phone_in
from persistence.chunks import chunks
from persistence.filed import chat_of, plain
from persistence.models import Conversation, Message
from persistence.values import NewEvent

MERGED = "conversation_merged"
"""The type of the event that says so."""
#: Mobile numbers in Brazil with the ninth digit that they got until 2016, and without it: WhatsApp
#: knows some by the one, some by the other.
_LONG = re.compile(r"\+55([1-9]{2})9([6-9]\d{7})")
_SHORT = re.compile(r"\+55([1-9]{2})([6-9]\d{7})")

Canonical: TypeAlias = Mapping[tuple[int, str, str], str]
"""The chat under which a conversation stands, by empresa, own number and a chat of another name."""

_ROW = (
    Conversation.empresa_id == bindparam("empresa"),
    Conversation.number == bindparam("own"),
    Conversation.chat == bindparam("jid"),
)
# Made once: to make a statement takes longer than to carry it out.
_PAIRS: Any = bindparam("pairs", expanding=True)
_STANDING = select(Conversation.empresa_id, Conversation.number, Conversation.chat).where(
    tuple_(Conversation.empresa_id, Conversation.chat).in_(_PAIRS)
)
_OF_PHONES = select(
    Conversation.empresa_id, Conversation.number, Conversation.phone, Conversation.chat
).where(
    tuple_(Conversation.empresa_id, Conversation.phone).in_(_PAIRS),
    Conversation.chat.endswith(f"@{LID_SERVER}"),
)


def merge(
    connection: Connection, events: Mapping[int, Sequence[NewEvent]]
) -> dict[int, Sequence[NewEvent]]:
    """The same events, by empresa, and one for each two conversations that became one by them.

    What is stored is merged; of what these events tell themselves nothing is stored yet.
    """
    known = {
        (empresa_id, each): (lid, phone)
        for empresa_id, some in events.items()
        for event in some
        for lid, phone in _both(event)
        for each in _chats_of(phone)
    }
    merged: dict[int, Sequence[NewEvent]] = dict(events)
    for empresa_id, number, chat in _standing(connection, known):
        lid, phone = known[empresa_id, chat]
        _move(connection, empresa_id, number, chat, lid, phone)
        at = events[empresa_id][0].at
        data = {"v": 1, "from": chat, "into": lid, "phone": phone, "lid": lid}
        merged[empresa_id] = [*merged[empresa_id], NewEvent(MERGED, at, data, own=number)]
    return merged


def canonical(connection: Connection, chats: Iterable[tuple[int, str]]) -> Canonical:
    """Where the conversations of these (empresa, chat) stand, if it is under another name."""
    phones = {
        (empresa_id, phone): chat
        for empresa_id, chat in chats
        for phone in _variants(phone_in(chat))
    }
    found: dict[tuple[int, str, str], str] = {}
    for some in chunks(sorted(phones)):
        for row in connection.execute(_OF_PHONES, {"pairs": some}):
            found[row.empresa_id, row.number, phones[row.empresa_id, row.phone]] = row.chat
    return found


def phones_of(names: Iterable[str]) -> list[str]:
    """The phone numbers, with their variants, that are meant by such of these as name one."""
    return [
        each
        for name in names
        for each in _variants(name if name.startswith("+") else phone_in(name))
    ]


def _both(event: NewEvent) -> list[tuple[str, str]]:
    """The LID and the phone number of the chat of a message, where it tells both."""
    chat = event.data.get("chat")
    if not event.type.startswith("message") or not isinstance(chat, dict):
        return []
    name, phone = chat_of(event.data), plain(chat.get("phone"))
    return [(name, phone)] if name and phone and is_lid(name) else []


def _chats_of(phone: str) -> list[str]:
    return [jid_of(each) for each in _variants(phone)]


def _variants(phone: str | None) -> list[str]:
    if phone is None:
        return []
    if long := _LONG.fullmatch(phone):
        return [phone, f"+55{long[1]}{long[2]}"]
    if short := _SHORT.fullmatch(phone):
        return [phone, f"+55{short[1]}9{short[2]}"]
    return [phone]


def _standing(
    connection: Connection, chats: Iterable[tuple[int, str]]
) -> list[tuple[int, str, str]]:
    """Those of these (empresa, chat) that are conversations: empresa, own number, chat."""
    found: list[tuple[int, str, str]] = []
    for some in chunks(sorted(chats)):
        rows = connection.execute(_STANDING, {"pairs": some})
        found += [(row.empresa_id, row.number, row.chat) for row in rows]
    return found


def _move(
    connection: Connection, empresa_id: int, number: str, chat: str, into: str, phone: str
) -> None:
    mine = {"empresa": empresa_id, "own": number}
    old = _row(connection, mine, chat)
    new = _row(connection, mine, into)
    moved = update(Message).where(
        Message.empresa_id == empresa_id, Message.number == number, Message.chat == chat
    )
    connection.execute(moved.values(chat=into))
    if new is None:
        known = {"chat": into, "lid": into, "phone": phone}
        connection.execute(update(Conversation).where(*_ROW).values(known), {**mine, "jid": chat})
        return
    last = max((row.last_at, row.last_seq) for row in (old, new))
    known = {
        "phone": phone,
        "lid": into,
        "name": new.name or old.name,
        "last_at": last[0],
        "last_seq": last[1],
        "unread": old.unread + new.unread,
        "is_history": old.is_history and new.is_history,
    }
    connection.execute(update(Conversation).where(*_ROW).values(known), {**mine, "jid": into})
    connection.execute(delete(Conversation).where(*_ROW), {**mine, "jid": chat})


def _row(connection: Connection, mine: dict[str, Any], chat: str) -> Any:
    found = select(Conversation).where(*_ROW)
    return connection.execute(found, {**mine, "jid": chat}).one_or_none()
