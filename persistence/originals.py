"""The messages that others are about: found by an id, ours or WhatsApp's, as they stand now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from persistence import chats
from persistence.conversation_values import StoredOriginal
from persistence.conversations import number_of
from persistence.filed import key_of
from persistence.models import Message, Outgoing
from persistence.sent_shape import CHANGES, SAID, chat_shape, said_of


def find(
    connection: Connection, empresa_id: int, name: str, to: Sequence[str] = ()
) -> list[StoredOriginal]:
    """Those that go by this id with the number that is linked, or was last.

    More than one where somebody has chosen an id that another message has. `to`: the JIDs or
    phone numbers of the chat that was asked about.
    """
    ours = _accepted(connection, empresa_id, name)
    whatsapp_id = name if ours is None else ours.whatsapp_id
    found = [] if whatsapp_id is None else _filed(connection, empresa_id, whatsapp_id)
    if ours is not None:
        found = [each for each in found if each.outgoing_id == ours.id] or _unfiled(ours)
    if not to:
        return found
    return [replace(each, is_there=_is_in(connection, empresa_id, each, to)) for each in found]


def _accepted(
    connection: Connection, empresa_id: int, message_id: str
) -> Row[*tuple[Any, ...]] | None:
    found = select(
        Outgoing.id,
        Outgoing.whatsapp_id,
        Outgoing.recipient,
        Outgoing.chat,
        Outgoing.content,
        Outgoing.state,
        Outgoing.at,
    ).where(Outgoing.empresa_id == empresa_id, Outgoing.id == message_id)
    return connection.execute(found).one_or_none()


def _filed(connection: Connection, empresa_id: int, whatsapp_id: str) -> list[StoredOriginal]:
    found = select(
        Message.seq,
        Message.from_me,
        Message.sender_phone,
        Message.sender_lid,
        Message.timestamp,
        Message.state,
        Message.data,
        Message.changes,
        Message.outgoing_id,
        Message.raw,
    ).where(
        Message.empresa_id == empresa_id,
        Message.id == key_of(whatsapp_id),
        Message.number == number_of(connection, empresa_id),
    )
    return [_original(row) for row in connection.execute(found.order_by(Message.seq))]


def _original(row: Row[*tuple[Any, ...]]) -> StoredOriginal:
    data = json.loads(row.data)
    changes = json.loads(row.changes or "{}")
    edited = changes.get("edited")
    said = {name: data.get(name) for name in SAID}
    return StoredOriginal(
        whatsapp_id=data["id"],
        seq=row.seq,
        outgoing_id=row.outgoing_id,
        recipient=None,
        chat=data["chat"],
        from_me=row.from_me,
        sender={"phone": row.sender_phone, "lid": row.sender_lid},
        at=row.timestamp,
        state=row.state,
        said=said if edited is None else {**said, "text": edited["text"]},
        is_edited=edited is not None,
        is_deleted="deleted" in changes,
        raw=row.raw,
    )


def _unfiled(row: Row[*tuple[Any, ...]]) -> list[StoredOriginal]:
    """One that has not left, as far as is known; none, where it is a change to another."""
    content = json.loads(row.content)
    if content["type"] in CHANGES:
        return []
    return [
        StoredOriginal(
            whatsapp_id=row.whatsapp_id,
            seq=None,
            outgoing_id=row.id,
            recipient=json.loads(row.recipient),
            chat=chat_shape(row.chat),
            from_me=True,
            sender={"phone": None, "lid": None},
            at=row.at,
            state=row.state,
            said=said_of(content),
            is_edited=False,
            is_deleted=False,
            raw=None,
        )
    ]


def _is_in(
    connection: Connection, empresa_id: int, original: StoredOriginal, to: Sequence[str]
) -> bool:
    """Whether its chat is that of one of these names, however either is spelt."""
    names = (original.recipient or {}).get("names", ())
    jid = next((each for each in to if "@" in each), None)
    asked = [(original.chat["id"], names), (jid, to)]
    one, other = chats.conversations(connection, empresa_id, asked)
    return one.id == other.id or not set(one.phones).isdisjoint(other.phones)
