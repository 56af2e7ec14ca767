"""What the table of received files takes and gives, as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class MediaState(StrEnum):
    """As the API names it."""

    PENDING = "pending"
    READY = "ready"
    EXPIRED = "expired"
    """WhatsApp does not hold it any more."""
    FAILED = "failed"
    """It cannot be had; the reason says why."""


@dataclass(frozen=True, slots=True)
class DueMedia:
    """A file that is to be fetched now."""

    empresa_id: int
    id: str
    at: datetime
    """When its message came."""
    attempts: int
    file_name: str
    """As its sender called it; "" if not at all."""
    source: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DuePage:
    """Some of what is to be fetched."""

    media: tuple[DueMedia, ...]
    next_at: datetime | None
    """When the first of all others is due that are not yet; None: there are none."""


@dataclass(frozen=True, slots=True)
class MediaStep:
    """What became of an attempt to fetch a file."""

    empresa_id: int
    id: str
    state: MediaState
    at: datetime
    reason: str | None = None
    next_at: datetime | None = None
    """Of one that stays pending: when it is tried again."""
    found: dict[str, Any] = field(default_factory=dict)
    """Of one that is ready, what of the event's `media` is known now."""


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A received file as it stands."""

    state: MediaState
    reason: str | None
    next_at: datetime | None
    media: dict[str, Any]
    """As in the events."""
