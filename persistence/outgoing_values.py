"""What the table of outgoing messages takes and gives, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from persistence.message_life import MessageState


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A key of the asker's, and a digest of what was asked under it."""

    key: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class NewOutgoing:
    """A message that is to be accepted."""

    empresa_id: int
    id: str
    at: datetime
    expires_at: datetime
    recipient: dict[str, Any]
    """Whom the asker named, JSON-ready."""
    chat: str | None
    """The JID, where it is known already."""
    lane: str
    """How it goes to somebody who has not written lately."""
    content: dict[str, Any]
    job: str | None = None
    idempotency: Idempotency | None = None
    typing_ms: int | None = None
    """For how long the recipient sees somebody type before it goes; None: not at all."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """With whom a message is, as far as that is known."""

    id: str
    """A JID or, where the chat is not known by one that has been seen, a phone number (E.164)."""
    phones: tuple[str, ...]
    """The numbers (E.164) under which it may turn out to be another chat."""
    heard_at: datetime | None
    """When somebody else last wrote in it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of it."""

    id: str
    """Of the message; where `is_replay`, of the first one under the key."""
    state: MessageState
    chat: str | None
    is_replay: bool = False
    is_same: bool = True
    """False: the key stands for another body, and nothing was accepted."""
    waiting: Waiting | None = None
    """As it waits now; None where it is a replay."""


@dataclass(frozen=True, slots=True)
class Change:
    """A step in the life of a message; without effect where the state before does not allow it."""

    id: str
    state: MessageState
    at: datetime
    reason: str | None = None
    chat: str | None = None
    """Given: the JID to which it goes, known from now on."""
    store: str | None = None
    """Given with `sending`: which credentials are used."""
    client: str | None = None
    """Given with `sending`: which client is at it."""
    secret: bytes | None = None
    """Given with `sending`: 32 random bytes of this attempt's own."""
    whatsapp_id: str | None = None
    """Given: the id under which it left."""
    content: dict[str, Any] | None = None
    """Given with `sending`: what it says, as far as that is known only now."""


@dataclass(frozen=True, slots=True)
class Step:
    """One of the states of a message's life."""

    state: MessageState
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that may still be sent, without its content."""

    id: str
    number: int
    at: datetime
    expires_at: datetime
    chat: str | None
    lane: str
    job: str | None
    state: MessageState
    secret: bytes | None
    store: str | None
    client: str | None
    conversation: Conversation
    is_paused: bool = False
    """Of a job that is: it waits until that goes on."""
    typing_ms: int | None = None


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message with its whole life."""

    id: str
    whatsapp_id: str | None
    recipient: dict[str, Any]
    chat: str | None
    job: str | None
    content: dict[str, Any]
    state: MessageState
    reason: str | None
    expires_at: datetime
    steps: tuple[Step, ...]
    waiting: Waiting | None
    """As it waits; None where it does not wait."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What an empresa has set of itself."""

    name: str | None
    timezone: str | None
    """IANA's name; None: that of all empresas."""
    settings: dict[str, Any]
    """How it sends, JSON-ready; what it leaves out is as for all empresas."""


@dataclass(frozen=True, slots=True)
class PaceState:
    """What is remembered of the sending of one number."""

    number: str
    """E.164."""
    state: dict[str, Any]
    """JSON-ready."""


@dataclass(frozen=True, slots=True)
class StoredPace:
    """How an empresa sends."""

    profile: Profile
    state: PaceState | None
    """None: nothing was sent so far."""
