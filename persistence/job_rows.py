"""The rows of jobs: read, counted on with their messages, and told as they come on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from persistence.job_values import JobPage, ListedMessage, StoredJob
from persistence.json_text import json_text
from persistence.message_life import MessageState
from persistence.models import Job, Outgoing
from persistence.values import NewEvent

#: A job is told of when the hundredth part of its messages has left the queue since it was last,
#: but no fewer than so many.
FEWEST_TOLD = 5
PROGRESS = "bulk_progress"


def find(connection: Connection, empresa_id: int, job_id: str) -> StoredJob | None:
    """One by its id; None: there is none."""
    row = _row(connection, empresa_id, job_id)
    return None if row is None else _job(row)


def newest(connection: Connection, empresa_id: int, limit: int) -> list[StoredJob]:
    """The newest first."""
    found = select(Job).where(Job.empresa_id == empresa_id).order_by(Job.number.desc())
    return [_job(row) for row in connection.execute(found.limit(limit))]


def page(
    connection: Connection, empresa_id: int, job_id: str, after: int, limit: int
) -> JobPage | None:
    """At most `limit` of its messages with a place above `after`; None: there is no such job."""
    if find(connection, empresa_id, job_id) is None:
        return None
    found = (
        select(
            Outgoing.id,
            Outgoing.number,
            Outgoing.recipient,
            Outgoing.chat,
            Outgoing.state,
            Outgoing.reason,
        )
        .where(Outgoing.empresa_id == empresa_id, Outgoing.job == job_id, Outgoing.number > after)
        .order_by(Outgoing.number)
        .limit(limit + 1)
    )
    listed = tuple(
        ListedMessage(
            row.id,
            row.number,
            json.loads(row.recipient),
            row.chat,
            MessageState(row.state),
            row.reason,
        )
        for row in connection.execute(found)
    )
    return JobPage(listed[:limit], listed[limit - 1].place if len(listed) > limit else None)


def lead(
    connection: Connection,
    empresa_id: int,
    steps: Iterable[tuple[str, MessageState, MessageState]],
    at: datetime,
) -> list[NewEvent]:
    """Count what became of some messages, given by job, state before and after; what to tell.

    That is little: when a part of it has left the queue, and when all has.
    """
    moved: dict[str, dict[MessageState, int]] = {}
    for job_id, before, after in steps:
        counts = moved.setdefault(job_id, {})
        counts[before] = counts.get(before, 0) - 1
        counts[after] = counts.get(after, 0) + 1
    events = []
    for job_id, counts in sorted(moved.items()):
        row = _row(connection, empresa_id, job_id)
        if row is None:
            continue
        job = counted(_job(row), counts)
        told = min(row.told, job.left)
        step = max(FEWEST_TOLD, job.total // 100)
        if job.left - told >= step or (job.left == job.total > told):
            told = job.left
            events.append(progress(job, at))
        store(connection, empresa_id, job, told=told)
    return events


def store(connection: Connection, empresa_id: int, job: StoredJob, *, told: int) -> None:
    """Lead the row on."""
    connection.execute(
        update(Job)
        .where(Job.empresa_id == empresa_id, Job.id == job.id)
        .values(
            counts=json_text(job.counts),
            is_paused=job.is_paused,
            is_cancelled=job.is_cancelled,
            told=told,
        )
    )


def counted(job: StoredJob, moved: Mapping[MessageState, int]) -> StoredJob:
    """The job, so many messages more or less in each state."""
    return replace(job, counts={each: n + moved.get(each, 0) for each, n in job.counts.items()})


def progress(job: StoredJob, at: datetime) -> NewEvent:
    """How far it has come, as the ledger has it."""
    data = {
        "v": 1,
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "total": job.total,
        "counts": dict(job.counts),
    }
    return NewEvent(PROGRESS, at, data)


def _row(connection: Connection, empresa_id: int, job_id: str) -> Row[Any] | None:
    found = select(Job).where(Job.empresa_id == empresa_id, Job.id == job_id)
    return connection.execute(found).one_or_none()


def _job(row: Row[Any]) -> StoredJob:
    counts = {MessageState(each): n for each, n in json.loads(row.counts).items()}
    return StoredJob(
        row.id,
        row.name,
        row.at,
        row.expires_at,
        row.total,
        dict.fromkeys(MessageState, 0) | counts,
        row.is_paused,
        row.is_cancelled,
    )
