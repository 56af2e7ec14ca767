"""Taking in the messages that the API is asked to send: each once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_

from persistence import chats, idempotency
from persistence.idempotency import Known
from persistence.json_text import json_text
from persistence.life_events import state_event
from persistence.message_life import MessageState, step_row
from persistence.models import Outgoing
from persistence.outgoing_values import (
    Accepted,
    Conversation,
    Idempotency,
    NewOutgoing,
    Waiting,
)
from persistence.values import NewEvent

# Made once: to make a statement takes longer than to carry it out.
_LAST = select(func.max(Outgoing.number)).where(Outgoing.empresa_id == bindparam("empresa"))
_INSERT = insert(Outgoing)


def accept_known(
    connection: Connection, messages: Mapping[int, NewOutgoing], known: Container[int]
) -> dict[int, tuple[Accepted, NewEvent | None]]:
    """As `accept_all`, of those whose empresas are among the known; the others are missing."""
    places = [place for place, new in messages.items() if new.empresa_id in known]
    found = accept_all(connection, [messages[place] for place in places])
    return dict(zip(places, found, strict=True))


def accept_all(
    connection: Connection, messages: Sequence[NewOutgoing]
) -> list[tuple[Accepted, NewEvent | None]]:
    """Take messages in, of known empresas, each with its event; or find the first one of its key.

    A few statements for all of them, and one more for each empresa.
    """
    first = _firsts(connection, messages)
    fresh = [new for place, new in enumerate(messages) if place not in first]
    waiting = _put(connection, fresh)
    found: list[tuple[Accepted, NewEvent | None]] = []
    for place, new in enumerate(messages):
        if place in first:
            found.append((_repeated(connection, new.empresa_id, first[place]), None))
        else:
            state, row = MessageState.QUEUED, {"whatsapp_id": None, "chat": new.chat}
            accepted = Accepted(new.id, state, new.chat, waiting=waiting[new.empresa_id, new.id])
            event = state_event(new.id, {**row, "state": state, "reason": None}, new.at)
            found.append((accepted, event))
    return found


def accept(connection: Connection, new: NewOutgoing) -> tuple[Accepted, NewEvent | None]:
    """As `accept_all`, of one."""
    return accept_all(connection, [new])[0]


def _firsts(connection: Connection, messages: Sequence[NewOutgoing]) -> dict[int, Known]:
    """What their keys stand for already, by their places; from now on they stand for the rest."""
    first: dict[int, Known] = {}
    for place, new in enumerate(messages):
        if new.idempotency is not None:
            found = idempotency.find(connection, new.empresa_id, new.idempotency, new.at)
            if found is not None:
                first[place] = found
            else:
                idempotency.put(connection, new.empresa_id, new.idempotency, new.id, new.at)
    return first


def _put(connection: Connection, messages: Sequence[NewOutgoing]) -> dict[tuple[int, str], Waiting]:
    """Store them, each behind its empresa's last; as they wait, by empresa and id."""
    by_empresa: dict[int, list[NewOutgoing]] = {}
    for new in messages:
        by_empresa.setdefault(new.empresa_id, []).append(new)
    waiting: dict[tuple[int, str], Waiting] = {}
    rows = []
    for empresa_id, news in by_empresa.items():
        addressed = [(new.chat, new.recipient.get("names", ())) for new in news]
        found = chats.conversations(connection, empresa_id, addressed)
        last = connection.scalar(_LAST, {"empresa": empresa_id}) or 0
        for number, (new, conversation) in enumerate(zip(news, found, strict=True), last + 1):
            waiting[empresa_id, new.id] = _waiting(new, number, conversation)
            rows.append(_row(new, number))
    if rows:
        connection.execute(_INSERT, rows)
    return waiting


def _repeated(connection: Connection, empresa_id: int, found: Known) -> Accepted:
    mine = Outgoing.empresa_id == empresa_id, Outgoing.id == found.id
    first = connection.execute(select(Outgoing.state, Outgoing.chat).where(*mine)).one_or_none()
    if first is None:  # it stands for a job
        return Accepted(found.id, MessageState.QUEUED, None, is_replay=True, is_same=False)
    return Accepted(found.id, MessageState(first.state), first.chat, True, found.is_same)


def known(
    connection: Connection, empresa_id: int, key: Idempotency, now: datetime
) -> Accepted | None:
    """The message that was accepted under a key that still stands for it. Changes nothing."""
    found = idempotency.find(connection, empresa_id, key, now)
    return None if found is None else _repeated(connection, empresa_id, found)


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


def queued(at: datetime) -> dict[str, Any]:
    """What the row of a message says of its life as it is accepted."""
    state = MessageState.QUEUED
    return {
        "at": at,
        "state": state,
        "reason": None,
        "is_open": True,
        "states": json_text([step_row(state, None, at)]),
    }


def _row(new: NewOutgoing, number: int) -> dict[str, Any]:
    return {
        **queued(new.at),
        "empresa_id": new.empresa_id,
        "id": new.id,
        "number": number,
        "expires_at": new.expires_at,
        "recipient": json_text(new.recipient),
        "chat": new.chat,
        "lane": new.lane,
        "job": new.job,
        "content": json_text(new.content),
        "typing_ms": new.typing_ms,
    }


def _waiting(new: NewOutgoing, number: int, conversation: Conversation) -> Waiting:
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
        typing_ms=new.typing_ms,
    )
