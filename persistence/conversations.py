"""An empresa's conversations, as they are read, and read by the shop; each own number's apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, delete, select, tuple_, update

from persistence.conversation_values import (
    ConversationPage,
    MessagePage,
    Spot,
    StoredConversation,
    StoredMessage,
)
from persistence.merging import phones_of
from persistence.models import Conversation, Media, Message, SessionStatus, UntoldRead

#: Bytes of protobuf on a page, unless its first message alone has more.
MOST_RAW = 1024 * 1024
_SPOT = tuple_(Message.timestamp, Message.seq)
_BROUGHT = and_(Media.empresa_id == Message.empresa_id, Media.seq == Message.seq)
"""Which file a message brought."""
_SHOWN = (
    Message.data,
    Message.changes,
    Message.state,
    Message.outgoing_id,
    Media.data.label("media"),
)


def number_of(connection: Connection, empresa_id: int) -> str | None:
    """The own number that is linked, or was last; None: none ever was."""
    found = select(SessionStatus.phone_number).where(SessionStatus.empresa_id == empresa_id)
    return connection.scalar(found)


def page(
    connection: Connection, empresa_id: int, number: str | None, before: Spot | None, limit: int
) -> ConversationPage:
    """At most `limit` (1 or more) conversations of an own number, None being the last one.

    The newest first; with `before`, those whose last message lies before that.
    """
    number = number or number_of(connection, empresa_id)
    found = _conversations(empresa_id, number)
    if before is not None:
        last = tuple_(Conversation.last_at, Conversation.last_seq)
        found = found.where(tuple_(before.at, before.seq) > last)
    found = found.order_by(Conversation.last_at.desc(), Conversation.last_seq.desc())
    rows = connection.execute(found.limit(limit + 1)).all()
    shown = tuple(_conversation(row) for row in rows[:limit])
    return ConversationPage(number, shown, shown[-1].last if len(rows) > limit else None)


def find(
    connection: Connection, empresa_id: int, number: str | None, names: Sequence[str]
) -> StoredConversation | None:
    """The conversation that goes by one of these JIDs or phone numbers; a JID counts first.

    One that stands under a LID goes by the JID of its phone number, too.
    """
    found = _conversations(empresa_id, number or number_of(connection, empresa_id))
    newest = Conversation.last_at.desc()
    for column, wanted in ((Conversation.chat, names), (Conversation.phone, phones_of(names))):
        row = connection.execute(found.where(column.in_(wanted)).order_by(newest).limit(1)).first()
        if row is not None:
            return _conversation(row)
    return None


def messages(
    connection: Connection,
    empresa_id: int,
    conversation: StoredConversation,
    before: Spot | None,
    after: Spot | None,
    limit: int,
    *,
    with_raw: bool = False,
) -> MessagePage:
    """At most `limit` (1 or more) messages, the newest first: of all, or those next to a spot.

    `with_raw`: with their protobufs, and then as many as have `MOST_RAW` together.
    """
    columns = (Message.timestamp, Message.seq, *_SHOWN, *((Message.raw,) if with_raw else ()))
    found = (
        select(*columns)
        .outerjoin_from(Message, Media, _BROUGHT)
        .where(
            Message.empresa_id == empresa_id,
            Message.number == conversation.number,
            Message.chat == conversation.chat,
        )
    )
    if after is not None:
        found = found.where(tuple_(after.at, after.seq) < _SPOT)
        found = found.order_by(Message.timestamp, Message.seq)
    else:
        if before is not None:
            found = found.where(tuple_(before.at, before.seq) > _SPOT)
        found = found.order_by(Message.timestamp.desc(), Message.seq.desc())
    rows = connection.execute(found.limit(limit + 1)).all()
    shown = [_message(row) for row in _that_fit(rows[:limit], with_raw=with_raw)]
    if after is not None:
        shown.reverse()
        older: Spot | None = shown[-1].spot if shown else after
    else:
        older = shown[-1].spot if len(rows) > len(shown) else None
    newer = shown[0].spot if shown else after or before
    return MessagePage(conversation, tuple(shown), older, newer)


def mark_read(connection: Connection, read: Iterable[tuple[int, str, str]]) -> None:
    """Of these (empresa, own number, chat) nothing is unread from now on."""
    rows = [{"empresa": each, "own": own, "jid": chat} for each, own, chat in read]
    if rows:
        mine = (
            Conversation.empresa_id == bindparam("empresa"),
            Conversation.number == bindparam("own"),
            Conversation.chat == bindparam("jid"),
        )
        connection.execute(update(Conversation).where(*mine).values(unread=0), rows)


def remove(connection: Connection, empresa_id: int, after: int, up_to: int) -> None:
    """Remove the messages of these events, and the conversations of which none is left then."""
    untold = (UntoldRead.empresa_id == empresa_id, UntoldRead.seq > after, UntoldRead.seq <= up_to)
    connection.execute(delete(UntoldRead).where(*untold))
    # With both ends, as in `retention.remove`.
    removed = (Message.empresa_id == empresa_id, Message.seq > after, Message.seq <= up_to)
    gone = delete(Message).where(*removed).returning(Message.number, Message.chat)
    chats = sorted({(row.number, row.chat) for row in connection.execute(gone)})
    if chats:
        left = (
            select(Message.seq)
            .where(
                Message.empresa_id == empresa_id,
                Message.number == Conversation.number,
                Message.chat == Conversation.chat,
            )
            .exists()
        )
        mine = (
            Conversation.empresa_id == empresa_id,
            Conversation.number == bindparam("own"),
            Conversation.chat == bindparam("jid"),
        )
        connection.execute(
            delete(Conversation).where(*mine, ~left),
            [{"own": number, "jid": chat} for number, chat in chats],
        )


def _that_fit(rows: Sequence[Any], *, with_raw: bool) -> Sequence[Any]:
    """The first of these, and those after it that are not too much together."""
    size = 0
    for place, row in enumerate(rows if with_raw else ()):
        size += len(row.raw or b"")
        if place and size > MOST_RAW:
            return rows[:place]
    return rows


def _conversations(empresa_id: int, number: str | None) -> Select[*tuple[Any, ...]]:
    last = and_(Message.empresa_id == Conversation.empresa_id, Message.seq == Conversation.last_seq)
    found = select(Conversation, *_SHOWN).outerjoin_from(Conversation, Message, last)
    found = found.outerjoin(Media, _BROUGHT)
    return found.where(Conversation.empresa_id == empresa_id, Conversation.number == number)


def _conversation(row: Row[Any]) -> StoredConversation:
    spot = Spot(row.last_at, row.last_seq)
    message = None if row.data is None else _message(row, spot)
    return StoredConversation(
        row.number,
        row.chat,
        row.phone,
        row.lid,
        row.name,
        row.is_group,
        spot,
        row.unread,
        row.is_history,
        message,
    )


def _message(row: Row[*tuple[Any, ...]], spot: Spot | None = None) -> StoredMessage:
    spot = spot or Spot(row.timestamp, row.seq)
    raw: bytes | None = getattr(row, "raw", None)  # where it was asked for
    return StoredMessage(spot, row.data, row.changes, row.state, row.outgoing_id, row.media, raw)
