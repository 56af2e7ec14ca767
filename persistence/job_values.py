"""What the table of jobs takes and gives, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from persistence.message_life import OPEN, MessageState
from persistence.outgoing_values import Idempotency


class JobState(StrEnum):
    """Where a job stands; exactly one at a time."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    """None of its messages may still be sent."""
    CANCELLED = "cancelled"


class JobAction(StrEnum):
    """What a person does to a job."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class JobMessage:
    """One of a job's, that is to be accepted."""

    id: str
    recipient: dict[str, Any]
    """Whom the asker named, JSON-ready."""
    text: str | None
    """In place of that of the content; None: that of the content."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job that is to be accepted."""

    empresa_id: int
    id: str
    name: str
    at: datetime
    expires_at: datetime
    lane: str
    content: dict[str, Any]
    """Of all its messages, JSON-ready."""
    messages: tuple[JobMessage, ...]
    """One at least."""
    idempotency: Idempotency | None = None


@dataclass(frozen=True, slots=True)
class JobChange:
    """What a person does to a job, and when."""

    empresa_id: int
    id: str
    action: JobAction
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A job as it stands."""

    id: str
    name: str
    at: datetime
    expires_at: datetime
    total: int
    counts: Mapping[MessageState, int]
    """How many of its messages are in each state; all states are there."""
    is_paused: bool
    is_cancelled: bool

    @property
    def left(self) -> int:
        """How many of its messages are not to be sent any more, whatever became of them."""
        return self.total - sum(self.counts[each] for each in OPEN)

    @property
    def state(self) -> JobState:
        """As its messages and a person have it."""
        if self.is_cancelled:
            return JobState.CANCELLED
        if self.left == self.total:
            return JobState.DONE
        return JobState.PAUSED if self.is_paused else JobState.RUNNING


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """What became of it."""

    job: StoredJob | None
    """Where `is_replay`, the first one under the key; None: that is no job."""
    id: str
    is_replay: bool = False
    is_same: bool = True
    """False: the key stands for another body, and nothing was accepted."""


@dataclass(frozen=True, slots=True)
class ChangedJob:
    """What became of a change."""

    job: StoredJob | None
    """As it is now; None: there is none of that id."""
    is_taken: bool = True
    """False: it is past that, and nothing was changed. Where it was so already, it is taken."""


@dataclass(frozen=True, slots=True)
class JobPage:
    """Some of a job's messages, in the order in which they were given."""

    messages: tuple[ListedMessage, ...]
    next: int | None
    """The place with which to go on; None: there are no more."""


@dataclass(frozen=True, slots=True)
class ListedMessage:
    """One of a job's, in short."""

    id: str
    place: int
    """Among all that the empresa accepted."""
    recipient: dict[str, Any]
    chat: str | None
    state: MessageState
    reason: str | None
