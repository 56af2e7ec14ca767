"""What a WhatsApp client can do and what it reports, as its session sees it.

The session actor knows this page alone: which library speaks to WhatsApp, and in which
process, is the business of the other files of this folder.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """With what a client is started."""

    empresa_id: int
    pairing_phone: str | None = None
    """E.164. Given, and nothing is linked yet: pair by an 8-character code instead of a QR."""


# --- what a client reports, in the order in which a session usually sees it ----------------


@dataclass(frozen=True, slots=True)
class ClientStarted:
    """The client's process runs and begins to connect."""

    pid: int
    linked: bool
    """True: it logs in with stored credentials. False: it waits to be paired."""


@dataclass(frozen=True, slots=True)
class QrShown:
    """A QR to scan now; it replaces the one before."""

    png: bytes
    attempt: int
    """1 for the first of this pairing."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PairingCodeShown:
    """A code to type on the phone."""

    code: str
    """As `ABCD-EFGH`."""
    phone_number: str
    expires_at: datetime


PairingFailure: TypeAlias = Literal["qr_expired", "code_expired", "pairing_refused", "device_limit"]


@dataclass(frozen=True, slots=True)
class PairingFailed:
    """The pairing is over without a link; the client ends by itself."""

    reason: PairingFailure
    detail: str


@dataclass(frozen=True, slots=True)
class Paired:
    """The phone has accepted; the credentials are stored, the login follows."""

    phone_number: str
    lid: str | None


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Logged in: WhatsApp delivers from now on."""

    phone_number: str
    """E.164, of the empresa's own number."""
    lid: str | None


LinkFailure: TypeAlias = Literal["whatsapp_unreachable", "whatsapp_unavailable", "link_silent"]


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The link is gone; the client itself tries again, or ends where it cannot."""

    reason: LinkFailure
    detail: str


@dataclass(frozen=True, slots=True)
class LinkChecked:
    """What the kernel knows of the connection to WhatsApp, every few seconds while it is up."""

    silence_ms: int
    """Since the last data received."""
    round_trip_ms: float
    unacked: int
    """Segments sent and not yet acknowledged by the other side's kernel."""


@dataclass(frozen=True, slots=True)
class Alive:
    """In place of `LinkChecked` where the kernel knows nothing of the link, or none is up yet."""


@dataclass(frozen=True, slots=True)
class Undecryptable:
    """A message that cannot be read yet: the library has asked its sender to repeat it."""

    message_id: str


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The phone has removed this device, or WhatsApp refuses its credentials: they are void."""

    detail: str


@dataclass(frozen=True, slots=True)
class Banned:
    """A temporary ban."""

    code: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another client logged in with the same credentials; this one stays away."""


@dataclass(frozen=True, slots=True)
class ClientOutdated:
    """WhatsApp no longer accepts this version of the library."""


ChangeKind: TypeAlias = Literal[
    "message_edited", "message_deleted", "message_reaction", "poll_vote"
]
EventKind: TypeAlias = Literal[
    "message", "message_undecryptable", "message_asked_again", "receipt", ChangeKind
]
JournalKind: TypeAlias = Literal[EventKind, "sent"]


@dataclass(frozen=True, slots=True)
class Journalled:
    """An event that stands in the client's journal until it is confirmed.

    Reported again after a restart until then. Within one empresa the ids grow in the order of
    arrival, and never repeat for as long as the journal's file lives.
    """

    entry_id: int
    kind: JournalKind
    key: str
    """The same for the same event delivered twice."""
    at: datetime
    data: dict[str, Any]
    """As in the ledger: `docs/api.md`, events `message`, `receipt` and the changes. Of a `sent`:
    what became of a `Send`, `{"id", "secret", "whatsappId", "state", "reason", "receipts"}`: its
    secret in hexadecimal digits; `state` is `server_ack`, `failed`, `queued` (it surely did not
    leave) or `unsettled` (`Clients.left` knows); `receipts` are the kinds of those that came
    before this was known."""
    own: str | None = None
    """E.164: the number that was linked when it came. None: it was not known."""
    raw: bytes | None = None
    """A `message` as WhatsApp's library gave it, or one that was `sent` in the same form; None of
    all else, and where it is too large."""
    source: dict[str, Any] | None = None
    """Of a `message` that brings a file, where that is to be had, as its sender says: `{"type",
    "path", "key", "encryptedSha256", "sha256", "size"}`, bytes in hexadecimal digits. None of what
    brings none, or does not say enough to fetch it."""


@dataclass(frozen=True, slots=True)
class NumbersChecked:
    """The answer to `CheckNumbers`."""

    question: int
    found: dict[str, Any]
    """By phone number as it was asked: `{"jid", "lid"}`, or null: WhatsApp does not know it."""
    error: str | None
    """Why there is no answer; then `found` is empty."""


@dataclass(frozen=True, slots=True)
class SignalAnswered:
    """The answer to a `TellRead` or a `FindPicture`."""

    question: int
    found: dict[str, Any]
    """Of a `FindPicture`: `{"url"}`, null where there is none that we may see; else empty."""
    error: str | None
    """Why there is no answer; then nothing was found, or told."""


@dataclass(frozen=True, slots=True)
class SignalSeen:
    """What a customer does right now. It is never journalled, and some are left out of many."""

    kind: Literal["typing", "presence"]
    data: dict[str, Any]
    """As in the event: `docs/api.md`, passing events."""


@dataclass(frozen=True, slots=True)
class LogoutDone:
    """The answer to `log_out`. The client ends by itself after it."""

    unlinked: bool
    """False: WhatsApp could not be told; the phone still lists the device."""


EndCause: TypeAlias = Literal["journal_unwritable", "forkserver_died"]
"""It ended rather than take a message that it could not write down; or with the process from which
all are forked, by no fault of its own."""


@dataclass(frozen=True, slots=True)
class ClientEnded:
    """The client's process is gone. Reported exactly once, and last."""

    exit_code: int | None
    """Negative: the signal that ended it. None: it never came to life."""
    detail: str
    cause: EndCause | None = None


ClientEvent: TypeAlias = (
    ClientStarted
    | QrShown
    | PairingCodeShown
    | PairingFailed
    | Paired
    | LinkUp
    | LinkDown
    | LinkChecked
    | Alive
    | Undecryptable
    | LoggedOut
    | Banned
    | Replaced
    | ClientOutdated
    | Journalled
    | NumbersChecked
    | SignalAnswered
    | SignalSeen
    | LogoutDone
    | ClientEnded
)


@dataclass(frozen=True, slots=True)
class Send:
    """A message to be sent. Commands like this one are carried out one after the other."""

    message_id: str
    """Ours, by which the journalled `sent` names it."""
    chat: str
    """The JID; of somebody who is known to be there, as the library can die of any other."""
    content: dict[str, Any]
    secret: bytes
    """32 random bytes of this attempt, which go into the message: `Clients.left` knows them."""
    file: str | None = None
    """Path of the media, in a folder of the server's own; what is known of it is in the content's
    `file`: `{"sha256", "size", "mimeType", "fileName", "isAnimated"}`."""
    about: dict[str, Any] | None = None
    """The message that this one answers (`quote`), or does something to (`target`), as it stands
    now: `{"id", "chat", "fromMe", "phone", "lid", "type", "text", "isEdited", "raw"}`. `id` is
    WhatsApp's; `phone` and `lid` are its writer's; `raw`, in base64, is as it was reported, before
    any edit, and null where it is not kept."""


@dataclass(frozen=True, slots=True)
class CheckNumbers:
    """A question to WhatsApp: which of these phone numbers it knows."""

    question: int
    """By which the answer names it."""
    phones: list[str]
    """E.164."""


@dataclass(frozen=True, slots=True)
class TellRead:
    """Tell WhatsApp that messages were read: their author sees it, and the shop's phone."""

    question: int
    """By which the answer names it."""
    chat: str
    """JID, as in all signals: of a chat that is known, as the library can die of any other."""
    sender: str
    """JID of who wrote all of them."""
    ids: list[str]
    """WhatsApp's; what does not look like one is left out."""


TypingState: TypeAlias = Literal["composing", "recording", "paused"]


@dataclass(frozen=True, slots=True)
class ShowTyping:
    """Let a chat see that the shop writes, speaks, or does so no more; not answered."""

    chat: str
    state: TypingState


@dataclass(frozen=True, slots=True)
class FollowPresence:
    """Report for so long whether somebody is online, and who types; not answered.

    WhatsApp tells neither but to who is online: for so long the shop is.
    """

    chat: str
    phone: str | None
    """E.164; and so the LID: of the other side, to name it by."""
    lid: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class FindPicture:
    """Ask WhatsApp where the picture of a person or a group is."""

    question: int
    """By which the answer names it."""
    chat: str


Signal: TypeAlias = TellRead | ShowTyping | FollowPresence | FindPicture


Report: TypeAlias = Callable[[ClientEvent], None]
"""Called on a thread of the port's; must return at once and never raise."""


class Client(ABC):
    """One running client. Every method returns at once and never raises; results are reported."""

    @abstractmethod
    def confirm(self, entry_id: int) -> None:
        """Every journalled event up to this one is in the ledger; its entry may go."""

    @abstractmethod
    def send(self, message: Send) -> None:
        """Send a message. Answered by a journalled `sent`, unless the client ends before."""

    @abstractmethod
    def check_numbers(self, question: CheckNumbers) -> None:
        """Ask WhatsApp. Answered by `NumbersChecked`, unless the client ends before."""

    @abstractmethod
    def signal(self, signal: Signal) -> None:
        """Do it now, or not at all: of what waits too long nothing comes.

        `TellRead` and `FindPicture` are answered by `SignalAnswered`, unless the client ends
        before.
        """

    @abstractmethod
    def log_out(self) -> None:
        """Unlink from the phone. Answered by `LogoutDone`, within `LOGOUT_SECONDS`."""

    @abstractmethod
    def end(self) -> None:
        """End in order (disconnect, then exit); killed after `END_GRACE_SECONDS`."""

    @abstractmethod
    def kill(self) -> None:
        """End now, whatever state it is in."""


class Clients(ABC):
    """Starts clients, and knows what their folders hold. Safe to call from any thread."""

    @abstractmethod
    def start(self, spec: ClientSpec, report: Report) -> Client:
        """Start a client; at once, the rest is reported. Always ends in one `ClientEnded`."""

    @abstractmethod
    def is_linked(self, empresa_id: int) -> bool:
        """Whether credentials are stored; True also where they cannot be read. Never raises."""

    @abstractmethod
    def void(self, empresa_id: int) -> None:
        """From here on no client uses these credentials, whatever is cut off; `forget` follows.

        Also while the client runs to which they belong, which must then end. Raises OSError.
        """

    @abstractmethod
    def forget(self, empresa_id: int) -> None:
        """Remove the credentials (not the journal). Only while no client of the empresa runs."""

    @abstractmethod
    def erase(self, empresa_id: int) -> None:
        """Remove all that is stored of the empresa, journal and credentials included.

        Cut short at any point, none of it is used again; a second call removes the rest. Only
        while no client runs; any exception: it has not been done, and may be tried again.
        """

    @abstractmethod
    def left(self, empresa_id: int, secrets: Sequence[bytes]) -> dict[bytes, str]:
        """Which messages of these secrets were put on their way, and WhatsApp's id of each.

        One that is missing never left. Reads what the empresa's credentials are kept with, also
        while its client runs; those of another pairing are not there any more. Raises OSError.
        """

    @abstractmethod
    def store(self, empresa_id: int) -> str | None:
        """A name of the credentials that are stored; another pairing has another."""

    @abstractmethod
    def unconfirmed(self, empresa_id: int, after: int, limit: int) -> Sequence[Journalled]:
        """Journalled events that no client reports, oldest first. Only while none runs.

        Empty too where the disk is so full that they cannot be read: they come with the next
        client.
        """

    @abstractmethod
    def confirm_stored(self, empresa_id: int, entry_id: int) -> None:
        """As `Client.confirm`, while no client of the empresa runs."""

    @abstractmethod
    def raw_json(self, stored: Sequence[bytes | None]) -> list[object]:
        """What was journalled as `raw` of each message, as JSON; None where it cannot be read.

        Takes a while: half a second, at most ten. Raises OSError.
        """

    @abstractmethod
    def trouble(self) -> str | None:
        """Why no client could be started now, as a sentence; None when all is well."""

    @abstractmethod
    def close(self, deadline_seconds: float) -> None:
        """End every client and all that serves them. Blocks, at most for the deadline."""


#: Seconds that WhatsApp has to answer an unlinking.
LOGOUT_SECONDS = 10.0
#: Seconds between the request to end and SIGKILL.
END_GRACE_SECONDS = 3.0
