"""Jobs, as the web reaches them. All methods run on the event loop."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from actors import bulk as b
from actors import outgoing as o
from actors.dead_letters import tell
from actors.errors import IdempotencyKeyReused, Refusal
from actors.reply import answer_of, ask, when_settled

if TYPE_CHECKING:
    from actors.directory import Directory

NO_PLAN = o.Plan({}, {})


class Jobs:
    """Made by `System`. Every method but `plan` is refused for an unknown empresa."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def accept(self, new: b.NewJob) -> b.AcceptedJob:
        """Take a job in, to be sent at the empresa's pace; all of it, or nothing.

        Refused: `EmpresaNotFound`, `IdempotencyKeyReused`.
        """
        reply = self._directory.archive.ask(b.AcceptJob(new), block=False)
        # However late it is stored: the sender hears of it.
        when_settled(reply, lambda _: self._wake(new.empresa_id))
        accepted: b.AcceptedJob = await answer_of(reply)
        return accepted

    async def accepted(self, empresa_id: int, idempotency: o.Idempotency) -> b.AcceptedJob | None:
        """What was accepted under a key before. Refused: `IdempotencyKeyReused`."""
        question = b.JobOfKey(empresa_id, idempotency, datetime.now(UTC))
        found: b.AcceptedJob | None = await ask(self._directory.reader, question)
        if found is not None and not found.is_same:
            raise IdempotencyKeyReused(id=found.id)
        return found

    async def newest(self, empresa_id: int, limit: int) -> list[b.StoredJob]:
        """The newest first."""
        found: list[b.StoredJob] = await ask(self._directory.reader, b.JobsOf(empresa_id, limit))
        return found

    async def get(self, empresa_id: int, job: str) -> b.StoredJob:
        """One. Refused: `JobNotFound`."""
        found: b.StoredJob = await ask(self._directory.reader, b.JobOf(empresa_id, job))
        return found

    async def messages(self, empresa_id: int, job: str, after: int, limit: int) -> b.JobPage:
        """Some of its messages. Refused: `JobNotFound`."""
        question = b.MessagesOfJob(empresa_id, job, after, limit)
        found: b.JobPage = await ask(self._directory.reader, question)
        return found

    async def change(self, empresa_id: int, job: str, action: b.JobAction) -> b.StoredJob:
        """Pause it, let it go on, or cancel what of it waits; as it is then.

        What is just on its way goes. Refused: `JobNotFound`, `JobNotChangeable`.
        """
        wish = b.ChangeJob(b.JobChange(empresa_id, job, action, datetime.now(UTC)))
        reply = self._directory.archive.ask(wish, block=False)
        when_settled(reply, lambda _: self._wake(empresa_id, again=True))
        changed: b.ChangedJob = await answer_of(reply)
        assert changed.job is not None  # noqa: S101 - else it is refused
        return changed.job

    async def plan(self, empresa_id: int) -> o.Plan:
        """When all that waits is expected to go; nothing, where nobody can tell now."""
        sender = self._directory.sender(empresa_id)
        if sender is None:
            return NO_PLAN
        try:
            plan: o.Plan = await ask(sender, o.PlanNow())
        except Refusal:
            return NO_PLAN
        return plan

    def _wake(self, empresa_id: int, *, again: bool = False) -> None:
        tell(self._directory.sender(empresa_id), o.MessagesWait(again=again))
