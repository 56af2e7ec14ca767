"""Taking in the messages that the API is asked to send: each once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select, tuple_

from persistence import chats, idempotency
from persistence.json_text import json_text
from persistence.life_events import state_event
from persistence.message_life import MessageState, step_row
from persistence.models import Outgoing
from persistence.outgoing_values import Accepted, Idempotency, NewOutgoing, Waiting
from persistence.values import NewEvent


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
        found = known(connection, new.empresa_id, new.idempotency, new.at)
        if found is not None:
            return found, None
        idempotency.put(connection, new.empresa_id, new.idempotency, new.id, new.at)
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
    connection: Connection, empresa_id: int, key: Idempotency, now: datetime
) -> Accepted | None:
    """The message that was accepted under a key that still stands for it. Changes nothing."""
    found = idempotency.find(connection, empresa_id, key, now)
    if found is None:
        return None
    mine = Outgoing.empresa_id == empresa_id, Outgoing.id == found.id
    first = connection.execute(select(Outgoing.state, Outgoing.chat).where(*mine)).one_or_none()
    if first is None:  # it stands for a job
        return Accepted(found.id, MessageState.QUEUED, None, is_replay=True, is_same=False)
    return Accepted(found.id, MessageState(first.state), first.chat, True, found.is_same)


def forget_messages(connection: Connection, now: datetime, days: int, most: int) -> int:
    """Drop messages of so many days ago that are at their end, at most so many; how many.

    Not such that a person has to settle; nor such that a key may still stand for.
    """
    message = tuple_(Outgoing.empresa_id, Outgoing.id)
    kept = timedelta(days=days) + timedelta(hours=idempotency.KEY_HOURS)
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
