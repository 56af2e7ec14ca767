"""What the tables of message handlers take and give, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from persistence.outgoing_values import NewOutgoing
from persistence.values import NewEvent


@dataclass(frozen=True, slots=True)
class ChosenHandler:
    """What an empresa has chosen."""

    name: str
    settings: dict[str, Any]
    """JSON-ready; what it leaves out is the handler's own to say."""


@dataclass(frozen=True, slots=True)
class StoredHandler:
    """The handler of an empresa, and how far it has come."""

    chosen: ChosenHandler
    position: int
    """All events up to this number are dealt with."""
    failures: int
    """In a row: of the last messages, how many it gave no answer to."""
    last_failure: dict[str, Any] | None
    """JSON-ready."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept of one conversation for a handler."""

    conversation: str
    """A phone number (E.164), or where none is known a JID."""
    memory: dict[str, Any] | None
    """The handler's own, JSON-ready; None: nothing yet."""
    said: tuple[int, ...] = ()
    """The seconds (Unix) of its last texts there, the oldest first."""


@dataclass(frozen=True, slots=True)
class HandlerStep:
    """What came of the events up to one: all of it is stored, or nothing."""

    empresa_id: int
    before: int
    """The position that is left; where it is not the stored one, this step was taken already."""
    position: int
    at: datetime
    remembered: Remembered | None = None
    """Replaces what is kept of that conversation."""
    texts: tuple[NewOutgoing, ...] = ()
    """To be sent."""
    events: tuple[NewEvent, ...] = ()
    failures: int = 0
    last_failure: dict[str, Any] | None = None
    """None: that which is stored stays."""
