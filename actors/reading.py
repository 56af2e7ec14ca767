"""What actors are asked about an empresa's conversations."""

from __future__ import annotations

from dataclasses import dataclass

from persistence import conversation_values as values

Spot = values.Spot
StoredConversation = values.StoredConversation
StoredMessage = values.StoredMessage
ConversationPage = values.ConversationPage
MessagePage = values.MessagePage
Read = values.Read


# --- to a reader -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConversationsOf:
    """Answer: `ConversationPage`: at most `limit` whose last message lies before the spot.

    `number`: the own one; None: that which is linked, or was last. Refused: `EmpresaNotFound`.
    """

    empresa_id: int
    number: str | None
    before: Spot | None
    limit: int


@dataclass(frozen=True, slots=True)
class ConversationOf:
    """Answer: `StoredConversation`, by the first of these JIDs or phone numbers that is one's.

    Refused: `EmpresaNotFound`, `ConversationNotFound`.
    """

    empresa_id: int
    number: str | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessagesOf:
    """Answer: `MessagePage`: at most `limit`, the last ones, or those next to one of the spots.

    Refused: as `ConversationOf`.
    """

    conversation: ConversationOf
    before: Spot | None
    after: Spot | None
    limit: int
    with_raw: bool = False


@dataclass(frozen=True, slots=True)
class UntoldReads:
    """Answer: `list[Read]`: at most so many messages of which WhatsApp is to be told."""

    empresa_id: int
    number: str
    """The own one."""
    limit: int


# --- to the archive --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Nothing is unread in this conversation of the own number's. Answer: None, once committed."""

    empresa_id: int
    number: str
    chat: str
    is_to_be_told: bool = False
    """Whether WhatsApp is to hear of it: then what was unread is kept until it has (`Read`)."""


@dataclass(frozen=True, slots=True)
class ForgetReads:
    """WhatsApp was told of these messages. Answer: None, once committed."""

    empresa_id: int
    seqs: tuple[int, ...]
    """The numbers of their events."""


# --- to a sender -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadsNoted:
    """There is something of which WhatsApp is to be told."""
