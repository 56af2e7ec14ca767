"""What actors tell and ask one another about messages that the API accepted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from persistence import conversation_values
from persistence import outgoing_values as values
from whatsapp.port import Send

NewOutgoing = values.NewOutgoing
Idempotency = values.Idempotency
Accepted = values.Accepted
Change = values.Change
Waiting = values.Waiting
OutgoingMessage = values.OutgoingMessage
Conversation = values.Conversation
Profile = values.Profile
PaceState = values.PaceState
StoredPace = values.StoredPace
StoredOriginal = conversation_values.StoredOriginal


@dataclass(frozen=True, slots=True)
class AcceptMessage:
    """Store a message that is to be sent. Answer: `Accepted`, once it is committed.

    Refused: `EmpresaNotFound`, and `IdempotencyKeyReused` where the key stands for another body.
    """

    new: NewOutgoing

    @property
    def empresa_id(self) -> int:
        """Whose it is."""
        return self.new.empresa_id


@dataclass(frozen=True, slots=True)
class ChangeMessages:
    """Lead messages on. Answer: those of the changes that their states allowed, once committed."""

    empresa_id: int
    changes: tuple[Change, ...]
    pace: PaceState | None = None
    """Given: what is remembered of the empresa's sending from now on, stored with them."""


@dataclass(frozen=True, slots=True)
class PutProfile:
    """Replace what an empresa has set. Answer: None, once committed. Refused: `EmpresaNotFound`."""

    empresa_id: int
    profile: Profile


# --- to a reader -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingMessages:
    """Answer: `list[Waiting]`: at most `limit` that may still be sent, numbered above `after`."""

    empresa_id: int
    after: int
    limit: int


@dataclass(frozen=True, slots=True)
class KnownChat:
    """Answer: the JID of the chat that goes by one of these JIDs or phone numbers, or None."""

    empresa_id: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OriginalsOf:
    """Answer: `list[StoredOriginal]`: the messages that go by an id, ours or WhatsApp's."""

    empresa_id: int
    name: str
    to: tuple[str, ...] = ()
    """JIDs or phone numbers of the chat in which it should be; none: of any."""


@dataclass(frozen=True, slots=True)
class PaceOf:
    """Answer: `StoredPace`. Refused: `EmpresaNotFound`."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class FilesNeeded:
    """Answer: `frozenset[str]`: the SHA-256 of each file that a message still has to bring."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class KeyOf:
    """Answer: `Accepted` of the message that was accepted under this key, or None."""

    empresa_id: int
    idempotency: Idempotency
    at: datetime


@dataclass(frozen=True, slots=True)
class MessageOf:
    """Answer: `OutgoingMessage`, by our id or WhatsApp's. Refused: `MessageNotFound`."""

    empresa_id: int
    name: str


# --- between a sender and its session ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClientIs:
    """What of the session's client a sender must know; told whenever it changes."""

    client: str | None
    """Its name while its process runs; another one has another."""
    store: str | None
    """Which credentials it uses."""
    is_up: bool
    """Whether it can send now."""
    number: str | None = None
    """The empresa's own (E.164), where it is linked."""


NO_CLIENT = ClientIs(None, None, is_up=False)


@dataclass(frozen=True, slots=True)
class ClientAsked:
    """A sender has begun, and is in the directory: tell it `ClientIs`."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Hand a message to this client; without effect where it is another, or cannot send."""

    client: str
    message: Send


@dataclass(frozen=True, slots=True)
class SendEnded:
    """The client has journalled what became of an attempt."""

    message_id: str
    secret: str
    """In hexadecimal digits."""
    state: str
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatHeard:
    """Somebody else wrote in a chat of the empresa's."""

    chat: str
    phone: str | None
    """E.164, where it is known."""
    at: datetime


@dataclass(frozen=True, slots=True)
class NumberBanned:
    """WhatsApp has banned the number for a while; told again, it changes nothing."""

    at: datetime
    until: datetime | None
    """The end, where WhatsApp told it."""


@dataclass(frozen=True, slots=True)
class SendOverdue:
    """A send of this client has taken longer than it may."""

    client: str


@dataclass(frozen=True, slots=True)
class FindChat:
    """Ask WhatsApp. Answer: the JID of the first of these phone numbers that it knows, or None.

    Refused: `NotConnected`, and `Unavailable` where it does not answer.
    """

    phones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindLeft:
    """Answer: `dict[bytes, str]`: of these attempts' secrets, WhatsApp's id of each that left."""

    secrets: tuple[bytes, ...]


# --- to a sender ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessagesWait:
    """Messages were accepted: read on. `again`: earlier ones wait again, too."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class MessageCancelled:
    """It does not wait any more."""

    message_id: str


@dataclass(frozen=True, slots=True)
class ProfileChanged:
    """The empresa has other settings: read them."""


@dataclass(frozen=True, slots=True)
class EstimateOf:
    """Answer: the moment (UTC) at which a message is expected to go, or None: none is foreseen.

    Of a message that is no job's.
    """

    waiting: Waiting


@dataclass(frozen=True, slots=True)
class PlanNow:
    """Answer: `Plan`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When all that waits is expected to go; a moment old, perhaps."""

    moments: Mapping[str, datetime]
    """By message (UTC); what never goes is left out, and what waits of a paused job."""
    ends: Mapping[str, datetime | None]
    """By job that has something in it, the last of these; None: some of it never goes."""


@dataclass(frozen=True, slots=True)
class PaceNow:
    """Answer: `PaceView`."""


@dataclass(frozen=True, slots=True)
class ResumeSending:
    """End all pauses. Answer: None, once it is stored."""


@dataclass(frozen=True, slots=True)
class PaceView:
    """How an empresa's sending stands."""

    waiting: int
    """Messages that wait."""
    next_at: datetime | None
    """When the next of them may go; None: none waits, or none ever may."""
    contacts: int
    """First contacts of today."""
    most_contacts: int
    """How many there may be today."""
    pause: tuple[str, str, datetime] | None
    """The reason, what it holds (`contacts` or `everything`), and its end."""
