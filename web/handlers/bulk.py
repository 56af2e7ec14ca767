"""Bulk jobs: one message to many, at the empresa's pace."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from actors.bulk import AcceptedJob, JobAction, JobMessage, JobState, ListedMessage, NewJob
from actors.bulk import StoredJob as Job
from actors.governor import Lane
from actors.jobs import NO_PLAN
from actors.outgoing import Idempotency
from actors.shape import iso
from media.intake import Taken
from web.base import BaseHandler
from web.bulk_bodies import BulkJob, bulk_job
from web.command import MAX_READ, BodyHandler
from web.idempotency import bulk_digest, idempotency_key
from web.message_files import fetched, with_file
from web.schemas import places_query

#: Jobs that are listed.
MOST_LISTED = 100


class JobsHandler(BodyHandler):
    """`GET` and `POST /api/empresas/:id/bulk`."""

    max_body = MAX_READ

    async def get(self, text: str) -> None:
        """The newest."""
        empresa = self.empresa_of(text)
        jobs = await self.system.jobs.newest(empresa, MOST_LISTED)
        is_running = any(each.state is JobState.RUNNING for each in jobs)
        plan = await self.system.jobs.plan(empresa) if is_running else NO_PLAN
        self.reply({"bulk": [_shape(each, plan.ends) for each in jobs]})

    async def post(self, text: str) -> None:
        """Take a job in: 202, with its id."""
        empresa = self.empresa_of(text)
        key = idempotency_key(self.request.headers.get("Idempotency-Key"))
        # Thousands of numbers are not looked at on the event loop.
        asked = await asyncio.to_thread(lambda: bulk_job(self.json_body()))
        accepted = await self._accepted(empresa, asked, key)
        if accepted.is_replay:
            self.set_header("Idempotency-Replayed", "true")
        assert accepted.job is not None  # noqa: S101 - a key of a message is refused
        self.set_status(202)
        self.reply({**_shape(accepted.job, {}), "repeats": asked.repeats})

    async def _accepted(self, empresa: int, asked: BulkJob, key: str | None) -> AcceptedJob:
        idempotency = None
        if key is not None:
            digest = await asyncio.to_thread(bulk_digest, asked)
            idempotency = Idempotency(key, bytes.fromhex(digest))
        file = None
        if asked.message.media is not None:
            if idempotency is not None:
                # What was taken in then may not be there any more.
                known = await self.system.jobs.accepted(empresa, idempotency)
                if known is not None:
                    return known
            file = await fetched(self.system, empresa, asked.message, asked.message.media)
        new = await asyncio.to_thread(_new_job, empresa, asked, file, idempotency)
        return await self.system.jobs.accept(new)


class OneJobHandler(BodyHandler):
    """Answers with a job as it is now."""

    async def change(self, text: str, job: str, action: JobAction) -> None:
        """Do something to it, and answer with it as it is then."""
        empresa = self.empresa_of(text)
        await self.tell(empresa, await self.system.jobs.change(empresa, job, action))

    async def tell(self, empresa: int, job: Job) -> None:
        """Answer with it."""
        is_running = job.state is JobState.RUNNING
        plan = await self.system.jobs.plan(empresa) if is_running else NO_PLAN
        self.reply(_shape(job, plan.ends))


class JobHandler(OneJobHandler):
    """`GET` and `DELETE /api/empresas/:id/bulk/:jobId`."""

    async def get(self, text: str, job: str) -> None:
        """One, as it stands."""
        empresa = self.empresa_of(text)
        await self.tell(empresa, await self.system.jobs.get(empresa, job))

    async def delete(self, text: str, job: str) -> None:
        """Cancel what of it waits."""
        await self.change(text, job, JobAction.CANCEL)


class PauseHandler(OneJobHandler):
    """`POST /api/empresas/:id/bulk/:jobId/pause`."""

    async def post(self, text: str, job: str) -> None:
        """Let what waits of it stay."""
        await self.change(text, job, JobAction.PAUSE)


class ResumeHandler(OneJobHandler):
    """`POST /api/empresas/:id/bulk/:jobId/resume`."""

    async def post(self, text: str, job: str) -> None:
        """Let it go on."""
        await self.change(text, job, JobAction.RESUME)


class JobMessagesHandler(BodyHandler):
    """`GET /api/empresas/:id/bulk/:jobId/messages`."""

    async def get(self, text: str, job: str) -> None:
        """A page of its messages, in the order of the list."""
        empresa = self.empresa_of(text)
        after, limit = places_query(self.given("after", "limit"))
        page = await self.system.jobs.messages(empresa, job, after, limit)
        waits = any(each.state == "queued" for each in page.messages)
        plan = await self.system.jobs.plan(empresa) if waits else NO_PLAN
        self.reply(
            {
                "messages": [_message_shape(each, plan.moments) for each in page.messages],
                "next": page.next,
            }
        )


def _new_job(
    empresa: int, asked: BulkJob, file: Taken | None, idempotency: Idempotency | None
) -> NewJob:
    now = datetime.now(UTC)
    messages = tuple(
        JobMessage(
            secrets.token_hex(16), {**each.to.address.shape(), "to": each.written}, each.text
        )
        for each in asked.to
    )
    return NewJob(
        empresa,
        secrets.token_hex(16),
        asked.name,
        now,
        asked.expires_at(now),
        Lane.BULK,
        with_file(asked.message, file),
        messages,
        idempotency,
    )


def _shape(job: Job, ends: Mapping[str, datetime | None]) -> dict[str, Any]:
    end = ends.get(job.id) if job.state is JobState.RUNNING else None
    return {
        "id": job.id,
        "name": job.name,
        "createdAt": iso(job.at),
        "deadline": iso(job.expires_at),
        "state": job.state,
        "total": job.total,
        "counts": dict(job.counts),
        "estimatedEnd": iso(end) if end else None,
    }


def _message_shape(message: ListedMessage, moments: Mapping[str, datetime]) -> dict[str, Any]:
    expected = moments.get(message.id)
    return {
        "id": message.id,
        "to": message.recipient.get("to"),
        "chat": message.chat,
        "state": message.state,
        "reason": message.reason,
        "estimatedAt": iso(expected) if expected else None,
    }


ROUTES: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/empresas/([^/]+)/bulk", JobsHandler),
    (r"/api/empresas/([^/]+)/bulk/([^/]+)", JobHandler),
    (r"/api/empresas/([^/]+)/bulk/([^/]+)/messages", JobMessagesHandler),
    (r"/api/empresas/([^/]+)/bulk/([^/]+)/pause", PauseHandler),
    (r"/api/empresas/([^/]+)/bulk/([^/]+)/resume", ResumeHandler),
]
