"""What the shop has read here, until WhatsApp was told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, select

from persistence.addresses import GROUP_SERVER, jid_of
from persistence.conversation_values import Read
from persistence.conversations import number_of
from persistence.models import Conversation, Event, Message, UntoldRead
from persistence.upsert import upsert

#: Of one conversation that is marked as read, at most so many messages, the newest, are told of.
MOST = 1000


def note(connection: Connection, read: Iterable[tuple[int, str, str]]) -> None:
    """WhatsApp is to be told of what is unread in these (empresa, own number, chat).

    Before they are marked as read. Of the number that is linked, or was last, alone: nobody can
    tell for another.
    """
    for empresa_id, own, chat in read:
        if own != number_of(connection, empresa_id):
            continue
        rows = [
            {"empresa_id": empresa_id, "seq": seq}
            for seq in _unread(connection, empresa_id, own, chat)
        ]
        if rows:
            connection.execute(
                upsert(connection.dialect.name, UntoldRead).on_conflict_do_nothing(), rows
            )


def untold(connection: Connection, empresa_id: int, own: str, limit: int) -> list[Read]:
    """At most `limit` messages of an own number's of which WhatsApp is to be told, oldest first."""
    theirs = (Message.empresa_id == UntoldRead.empresa_id) & (Message.seq == UntoldRead.seq)
    event = (Event.empresa_id == UntoldRead.empresa_id) & (Event.seq == UntoldRead.seq)
    columns = (
        Message.seq,
        Message.chat,
        Message.id,
        Message.sender_phone,
        Message.sender_lid,
        Event.key,
    )
    found = (
        select(*columns)
        .join_from(UntoldRead, Message, theirs)
        .outerjoin(Event, event)
        .where(UntoldRead.empresa_id == empresa_id, Message.number == own)
        .order_by(UntoldRead.seq)
        .limit(limit)
    )
    by_author: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in connection.execute(found):
        sender = _sender(row.chat, row.key, row.sender_phone, row.sender_lid)
        by_author.setdefault((row.chat, sender), []).append((row.id, row.seq))
    return [
        Read(chat, sender, tuple(id_ for id_, _ in some), tuple(seq for _, seq in some))
        for (chat, sender), some in by_author.items()
    ]


def forget(connection: Connection, told: Mapping[int, Sequence[int]]) -> None:
    """WhatsApp was told of these, by empresa: the numbers of their events."""
    for empresa_id, seqs in told.items():
        mine = (UntoldRead.empresa_id == empresa_id, UntoldRead.seq.in_(seqs))
        connection.execute(delete(UntoldRead).where(*mine))


def _unread(connection: Connection, empresa_id: int, own: str, chat: str) -> Sequence[int]:
    """The numbers of the last messages of others, as many as are unread."""
    counted = select(Conversation.unread).where(
        Conversation.empresa_id == empresa_id,
        Conversation.number == own,
        Conversation.chat == chat,
    )
    unread = min(connection.scalar(counted) or 0, MOST)
    found = (
        select(Message.seq)
        .where(
            Message.empresa_id == empresa_id,
            Message.number == own,
            Message.chat == chat,
            Message.from_me.is_(False),
        )
        .order_by(Message.timestamp.desc(), Message.seq.desc())
        .limit(unread)
    )
    return connection.scalars(found).all() if unread else ()


def _sender(chat: str, key: str | None, phone: str | None, lid: str | None) -> str:
    """Who wrote a message. A group addresses its members in one form, which the key has."""
    if not chat.endswith(f"@{GROUP_SERVER}"):
        return chat
    parts = (key or "").split(":")
    if parts[:2] == ["message", chat] and "@" in parts[2]:
        return parts[2]
    return lid or jid_of(phone or "")
