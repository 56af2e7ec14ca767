"""Taking in the messages that the API is asked to send: each once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, tuple_

from persistence import chats
from persistence.json_text import json_text
from persistence.life_events import state_event, step_row
from persistence.message_life import MessageState
from persistence.models import IdempotencyKey, Outgoing
from persistence.outgoing_values import Accepted, Idempotency, NewOutgoing, Waiting
from persistence.values import NewEvent

#: Hours for which a key stands for its message.
KEY_HOURS = 24


def accept_known(
    connection: Connection, messages: Mapping[int, NewOutgoing], known: Container[int]
) -> dict[int, tuple[Accepted, NewEvent | None]]:
    """As `accept`, of each whose empresa is among the known; the others are missing."""
    return {
        place: accept(connection, new) for place, new in messages.items() if new.empresa_id in known
    }


def accept(connection: Connection, new: NewOutgoing) -> tuple[Accepted, NewEvent | None]:
    """Take a message in, of a known empresa, with its event; or find the first one of its key."""
    if new.idempotency is not None:
        found = _first(connection, new, new.idempotency)
        if found is not None:
            return found, None
        connection.execute(
            insert(IdempotencyKey).values(
                empresa_id=new.empresa_id,
                key=new.idempotency.key,
                digest=new.idempotency.digest,
                message_id=new.id,
                at=new.at,
            )
        )
    last = select(func.max(Outgoing.number)).where(Outgoing.empresa_id == new.empresa_id)
    number = (connection.scalar(last) or 0) + 1
    state = MessageState.QUEUED
    connection.execute(
        insert(Outgoing).values(
            empresa_id=new.empresa_id,
            id=new.id,
            number=number,
            at=new.at,
            expires_at=new.expires_at,
            recipient=json_text(new.recipient),
            chat=new.chat,
            lane=new.lane,
            job=new.job,
            content=json_text(new.content),
            state=state,
            reason=None,
            is_open=True,
            states=json_text([step_row(state, None, new.at)]),
        )
    )
    row = {"whatsapp_id": None, "chat": new.chat, "state": state, "reason": None}
    accepted = Accepted(new.id, state, new.chat, waiting=_waiting(connection, new, number))
    return accepted, state_event(new.id, row, new.at)


def known(
    connection: Connection, empresa_id: int, idempotency: Idempotency, now: datetime
) -> Accepted | None:
    """The message that was accepted under a key that still stands for it. Changes nothing."""
    found = _message_of(connection, empresa_id, idempotency)
    return found[0] if found is not None and found[1] > _oldest(now) else None


def forget_keys(connection: Connection, now: datetime, most: int) -> int:
    """Drop keys that stand for nothing any more, at most so many; answers how many."""
    key = tuple_(IdempotencyKey.empresa_id, IdempotencyKey.key)
    old = (
        select(IdempotencyKey.empresa_id, IdempotencyKey.key)
        .where(IdempotencyKey.at <= _oldest(now))
        .limit(most)
    )
    return connection.execute(delete(IdempotencyKey).where(key.in_(old))).rowcount


def forget_messages(connection: Connection, now: datetime, days: int, most: int) -> int:
    """Drop messages of so many days ago that are at their end, at most so many; how many.

    Not such that a person has to settle; nor such that a key may still stand for.
    """
    message = tuple_(Outgoing.empresa_id, Outgoing.id)
    kept = timedelta(days=days) + timedelta(hours=KEY_HOURS)
    old = (
        select(Outgoing.empresa_id, Outgoing.id)
        .where(
            Outgoing.is_open.is_(False),
            Outgoing.at < now - kept,
            Outgoing.state != MessageState.UNCONFIRMED,
        )
        .limit(most)
    )
    return connection.execute(delete(Outgoing).where(message.in_(old))).rowcount


def _waiting(connection: Connection, new: NewOutgoing, number: int) -> Waiting:
    addressed = [(new.chat, new.recipient.get("names", ()))]
    (conversation,) = chats.conversations(connection, new.empresa_id, addressed)
    return Waiting(
        new.id,
        number,
        new.at,
        new.expires_at,
        new.chat,
        new.lane,
        new.job,
        MessageState.QUEUED,
        None,
        None,
        None,
        conversation,
    )


def _first(connection: Connection, new: NewOutgoing, idempotency: Idempotency) -> Accepted | None:
    """The message that the key stands for; a key that is too old is dropped."""
    found = _message_of(connection, new.empresa_id, idempotency)
    if found is None:
        return None
    accepted, at = found
    if at > _oldest(new.at):
        return accepted
    mine = (IdempotencyKey.empresa_id == new.empresa_id, IdempotencyKey.key == idempotency.key)
    connection.execute(delete(IdempotencyKey).where(*mine))
    return None


def _message_of(
    connection: Connection, empresa_id: int, idempotency: Idempotency
) -> tuple[Accepted, datetime] | None:
    """What was accepted under a key, and when."""
    mine = (IdempotencyKey.empresa_id == empresa_id, IdempotencyKey.key == idempotency.key)
    known = connection.execute(
        select(IdempotencyKey.digest, IdempotencyKey.message_id, IdempotencyKey.at).where(*mine)
    ).one_or_none()
    if known is None:
        return None
    first = connection.execute(
        select(Outgoing.state, Outgoing.chat).where(
            Outgoing.empresa_id == empresa_id, Outgoing.id == known.message_id
        )
    ).one()
    is_same = known.digest == idempotency.digest
    state = MessageState(first.state)
    return Accepted(known.message_id, state, first.chat, True, is_same), known.at


def _oldest(now: datetime) -> datetime:
    """From when a key must be that still stands for its message."""
    return now - timedelta(hours=KEY_HOURS)
