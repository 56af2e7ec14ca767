"""What the tables of conversations and messages give, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


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
    raw: bytes | None = None
    """See `models.Message`; None also where it was not asked for."""


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
class Read:
    """Messages of one author in one chat, which the shop has read."""

    chat: str
    sender: str
    """JID of who wrote them, as WhatsApp addressed them there; in a chat of two the chat's."""
    ids: tuple[str, ...]
    """WhatsApp's."""
    seqs: tuple[int, ...]
    """The numbers of their events."""


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages of one conversation, the newest first."""

    conversation: StoredConversation
    messages: tuple[StoredMessage, ...]
    next: Spot | None
    """Older ones lie before this; None: there are none."""
    previous: Spot | None
    """Newer ones lie, or will lie, after this; None: nothing was ever said."""


@dataclass(frozen=True, slots=True)
class StoredOriginal:
    """A message that another one is about: that answers it, or does something to it."""

    whatsapp_id: str | None
    """None: it is ours, and it is not known to have left."""
    seq: int | None
    """The number of the event with which it came; None: it is in no conversation."""
    outgoing_id: str | None
    """Of one that the API sent: ours."""
    recipient: dict[str, Any] | None
    """Of one that is in no conversation: whom the asker named."""
    chat: dict[str, Any]
    """As the event `message` has it; `id` is None where that is not known yet."""
    from_me: bool
    sender: dict[str, Any]
    """`{"phone", "lid"}`."""
    at: datetime
    """When it was written."""
    state: str | None
    """Of one that we sent."""
    said: dict[str, Any]
    """What it says now: `SAID` of the event `message`."""
    is_edited: bool
    is_deleted: bool
    raw: bytes | None
    """See `models.Message`; before any edit."""
    is_there: bool = True
    """Whether it is in the chat that was asked about."""

    def shape(self) -> dict[str, Any]:
        """What is stored with the message that is about it."""
        return {
            "id": self.whatsapp_id,
            "seq": self.seq,
            "outgoingId": self.outgoing_id,
            "chat": self.chat,
            "fromMe": self.from_me,
            "sender": self.sender,
            "said": self.said,
        }
