"""What the tables of conversations and messages give, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place among messages, or among conversations by their last message; later is greater."""

    at: datetime
    seq: int


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message in a conversation."""

    spot: Spot
    json: str
    """As the event `message` had it."""
    changes: str | None
    """JSON: `{"edited", "deleted", "reactions", "votes"}`, each where there is such a change."""
    state: str | None
    outgoing_id: str | None
    media: str | None = None
    """JSON of its file, where it brought one: `{"messageId", "chat", "media"}`."""


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """A conversation, and its last message as it stands now."""

    number: str
    """The empresa's own, E.164."""
    chat: str
    phone: str | None
    lid: str | None
    name: str | None
    is_group: bool
    last: Spot
    unread: int
    is_history: bool
    message: StoredMessage | None
    """None: it is not stored any more."""


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Conversations of one own number, the newest first."""

    number: str | None
    """None: no number was ever linked."""
    conversations: tuple[StoredConversation, ...]
    next: Spot | None
    """Older ones lie before this; None: there are none."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages of one conversation, the newest first."""

    conversation: StoredConversation
    messages: tuple[StoredMessage, ...]
    next: Spot | None
    """Older ones lie before this; None: there are none."""
    previous: Spot | None
    """Newer ones lie, or will lie, after this; None: nothing was ever said."""
