"""Jobs: many messages that are accepted, paused and cancelled as one, and how far each has come."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_, update

from persistence import idempotency
from persistence import job_rows as rows
from persistence.accepting import queued
from persistence.job_values import (
    AcceptedJob,
    ChangedJob,
    JobAction,
    JobChange,
    JobState,
    NewJob,
    StoredJob,
)
from persistence.json_text import json_text
from persistence.message_life import MessageState, step_row
from persistence.models import Job, Outgoing
from persistence.outgoing_values import Idempotency
from persistence.values import NewEvent

Answer = AcceptedJob | ChangedJob


def carry_out(
    connection: Connection, wishes: Mapping[int, NewJob | JobChange], among: Container[int]
) -> dict[int, tuple[Answer, NewEvent | None]]:
    """Accept or change each, with its event; those whose empresa is not `among` are missing."""
    return {
        place: accept(connection, wish) if isinstance(wish, NewJob) else change(connection, wish)
        for place, wish in wishes.items()
        if wish.empresa_id in among
    }


def accept(connection: Connection, new: NewJob) -> tuple[AcceptedJob, NewEvent | None]:
    """Take a job in whole, of a known empresa; or find the first one of its key.

    Its messages have no events of their own: its own one says that they are queued.
    """
    if new.idempotency is not None:
        found = known(connection, new.empresa_id, new.idempotency, new.at)
        if found is not None:
            return found, None
        idempotency.put(connection, new.empresa_id, new.idempotency, new.id, new.at)
    total = len(new.messages)
    counts = dict.fromkeys(MessageState, 0) | {MessageState.QUEUED: total}
    connection.execute(
        insert(Job).values(
            empresa_id=new.empresa_id,
            id=new.id,
            number=_last(connection, Job, new.empresa_id) + 1,
            name=new.name,
            at=new.at,
            expires_at=new.expires_at,
            total=total,
            is_paused=False,
            is_cancelled=False,
            counts=json_text(counts),
            told=0,
        )
    )
    connection.execute(insert(Outgoing), list(_rows(connection, new)))
    job = StoredJob(new.id, new.name, new.at, new.expires_at, total, counts, False, False)
    return AcceptedJob(job, new.id), rows.progress(job, new.at)


def known(
    connection: Connection, empresa_id: int, key: Idempotency, now: datetime
) -> AcceptedJob | None:
    """What was accepted under a key that still stands for it. Changes nothing."""
    found = idempotency.find(connection, empresa_id, key, now)
    if found is None:
        return None
    job = rows.find(connection, empresa_id, found.id)
    return AcceptedJob(job, found.id, True, found.is_same and job is not None)


def change(connection: Connection, wish: JobChange) -> tuple[ChangedJob, NewEvent | None]:
    """Pause a job, let it go on, or cancel what of it is queued; harmless twice."""
    job = rows.find(connection, wish.empresa_id, wish.id)
    if job is None:
        return ChangedJob(None), None
    is_cancel = wish.action is JobAction.CANCEL
    if job.state is JobState.CANCELLED:
        return ChangedJob(job, is_taken=is_cancel), None
    if job.state is JobState.DONE:
        return ChangedJob(job, is_taken=False), None
    if is_cancel:
        count = _cancel_queued(connection, wish)
        moved = {MessageState.QUEUED: -count, MessageState.CANCELLED: count}
        after = replace(rows.counted(job, moved), is_cancelled=True)
    else:
        after = replace(job, is_paused=wish.action is JobAction.PAUSE)
    if after == job:
        return ChangedJob(job), None
    rows.store(connection, wish.empresa_id, after, told=after.left)
    return ChangedJob(after), rows.progress(after, wish.at)


def forget(connection: Connection, now: datetime, days: int, most: int) -> int:
    """Drop jobs of so many days ago of which no message is left, at most so many; how many."""
    kept = timedelta(days=days) + timedelta(hours=idempotency.KEY_HOURS)
    has_some = (
        select(Outgoing.id)
        .where(Outgoing.empresa_id == Job.empresa_id, Outgoing.job == Job.id)
        .exists()
    )
    old = select(Job.empresa_id, Job.id).where(Job.at < now - kept, ~has_some).limit(most)
    key = tuple_(Job.empresa_id, Job.id)
    return connection.execute(delete(Job).where(key.in_(old))).rowcount


def _rows(connection: Connection, new: NewJob) -> Iterable[dict[str, Any]]:
    first = _last(connection, Outgoing, new.empresa_id) + 1
    content = json_text(new.content)
    common = {
        **queued(new.at),
        "empresa_id": new.empresa_id,
        "expires_at": new.expires_at,
        "chat": None,
        "lane": new.lane,
        "job": new.id,
    }
    for number, each in enumerate(new.messages, first):
        own = None if each.text is None else json_text({**new.content, "text": each.text})
        yield {
            **common,
            "id": each.id,
            "number": number,
            "recipient": json_text(each.recipient),
            "content": own or content,
        }


def _cancel_queued(connection: Connection, wish: JobChange) -> int:
    found = select(Outgoing.id, Outgoing.states).where(
        Outgoing.empresa_id == wish.empresa_id,
        Outgoing.job == wish.id,
        Outgoing.state == MessageState.QUEUED,
    )
    state, reason = MessageState.CANCELLED, "by_request"
    step = step_row(state, reason, wish.at)
    cancelled = [
        {"message": row.id, "states": json_text([*json.loads(row.states), step])}
        for row in connection.execute(found)
    ]
    if cancelled:
        mine = Outgoing.empresa_id == wish.empresa_id, Outgoing.id == bindparam("message")
        values = {"state": state, "reason": reason, "is_open": False}
        connection.execute(update(Outgoing).where(*mine).values(**values), cancelled)
    return len(cancelled)


def _last(connection: Connection, table: type[Job | Outgoing], empresa_id: int) -> int:
    found = select(func.max(table.number)).where(table.empresa_id == empresa_id)
    return connection.scalar(found) or 0
