"""What actors are told and asked of jobs: many messages that were accepted as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actors.outgoing import Idempotency
from persistence import job_values as values

JobState = values.JobState
JobAction = values.JobAction
JobMessage = values.JobMessage
NewJob = values.NewJob
JobChange = values.JobChange
StoredJob = values.StoredJob
AcceptedJob = values.AcceptedJob
ChangedJob = values.ChangedJob
ListedMessage = values.ListedMessage
JobPage = values.JobPage


# --- to the archive --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AcceptJob:
    """Store a job that is to be sent. Answer: `AcceptedJob`, once all of it is committed.

    Refused: `EmpresaNotFound`, and `IdempotencyKeyReused` where the key stands for another body.
    """

    new: NewJob

    @property
    def empresa_id(self) -> int:
        """Whose it is."""
        return self.new.empresa_id


@dataclass(frozen=True, slots=True)
class ChangeJob:
    """Pause a job, let it go on, or cancel it. Answer: `ChangedJob`, once it is committed.

    Refused: `EmpresaNotFound`, `JobNotFound`, `JobNotChangeable`.
    """

    change: JobChange

    @property
    def empresa_id(self) -> int:
        """Whose it is."""
        return self.change.empresa_id


# --- to a reader -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JobsOf:
    """Answer: `list[StoredJob]`, at most `limit`, the newest first. Refused: `EmpresaNotFound`."""

    empresa_id: int
    limit: int


@dataclass(frozen=True, slots=True)
class JobOf:
    """Answer: `StoredJob`. Refused: `EmpresaNotFound`, `JobNotFound`."""

    empresa_id: int
    job: str


@dataclass(frozen=True, slots=True)
class JobOfKey:
    """Answer: `AcceptedJob` of what was accepted under this key, or None."""

    empresa_id: int
    idempotency: Idempotency
    at: datetime


@dataclass(frozen=True, slots=True)
class MessagesOfJob:
    """Answer: `JobPage`: at most `limit` beyond a place. Refused as `JobOf`."""

    empresa_id: int
    job: str
    after: int
    limit: int
