"""Every message that one actor sends another: commands, events and questions, all frozen.

Commands are imperative, events past tense, questions nouns. An ask of a command is answered
as its docstring says; a tell has no answer. Refusals are raised to the asker (`errors.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors.status import Status
from persistence import values

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.breaker import Cause
    from actors.machine import Session
    from whatsapp.port import ClientEvent


# --- what the messages to and from the database carry ----------------------------------------

NewEvent = values.NewEvent
LedgerEvent = values.LedgerEvent
LedgerHead = values.LedgerHead
EventPage = values.EventPage
OrderPage = values.OrderPage
StoredStatus = values.StoredStatus
StoredEmpresa = values.StoredEmpresa


# --- every actor -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stop:
    """End in order. Answered by the death notice alone."""


@dataclass(frozen=True, slots=True)
class Fail:
    """Die as of an error, to be started again by the supervisor."""

    why: str


@dataclass(frozen=True, slots=True)
class ActorEnded:
    """The one death notice of an actor, told to its monitor."""

    urn: str
    name: str
    empresa_id: int | None
    error: BaseException | None
    """None: it ended in order."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer that the actor set for itself; `generation` tells a stale one."""

    name: str
    generation: int


# --- to the root -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServicesStarted:
    """Answer: None, once archive, reader and registry run for the first time."""


@dataclass(frozen=True, slots=True)
class StopServices:
    """End registry, archive and reader in order. Answer: None, once all have ended."""


# --- to the registry, from the web; it hands those of an empresa on to its session -----------


@dataclass(frozen=True, slots=True)
class Connect:
    """Want this empresa connected; the first one makes it. Answer: True if it already is."""

    empresa_id: int
    pairing_phone: str | None = None


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Want this empresa not connected; the link is kept. Answer: None, once it is stored."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class Logout:
    """Unlink the phone and delete the credentials. Answer: None, once it has begun."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class Restart:
    """Begin anew: a fresh client with the credentials there are. Answer: None."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class Erase:
    """Unlink the phone, then remove all that is stored of the empresa.

    Answer: None, once it is sure to happen; the end is told to the broadcast (`Erased`).
    Refused: `EmpresaNotFound`.
    """

    empresa_id: int


@dataclass(frozen=True, slots=True)
class ErasureStored:
    """Whether the mark of an erasure is committed."""

    empresa_id: int
    is_stored: bool


@dataclass(frozen=True, slots=True)
class UnlinkingOverdue:
    """The unlinking before an erasure has had its time."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class EraserDue:
    """Time to start an eraser in place of one that died."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """What a session is now; the registry starts its successor from it."""

    session: Session
    pid: int | None
    """Of its client's process."""


@dataclass(frozen=True, slots=True)
class OpenBroadcast:
    """The broadcast of an empresa, started if need be. Answer: its ActorRef."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class BroadcastIdle:
    """The last listener of a broadcast has left."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class SessionStatuses:
    """Answer: `dict[int, tuple[Status, float]]`: each known empresa's, and its age in seconds."""


@dataclass(frozen=True, slots=True)
class StopSessions:
    """End every session in order. Answer: None, once the last has ended."""


@dataclass(frozen=True, slots=True)
class SessionRestartDue:
    """The wait before a session's restart is over; `attempt` tells a stale one."""

    empresa_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class SenderDue:
    """Time to start a sender in place of one that died."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class SessionTurn:
    """It is this empresa's turn to connect, of the many that were connected before."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class RetryWanted:
    """A session would try again in so many seconds. Told `TimerFired("retry", …)` when it may."""

    empresa_id: int
    generation: int
    cause: Cause
    seconds: float


@dataclass(frozen=True, slots=True)
class StartDue:
    """An empresa's own backoff is over; `number` tells a stale one."""

    empresa_id: int
    number: int


@dataclass(frozen=True, slots=True)
class ProbeDue:
    """Time for one empresa to try while all are held; `number` tells a stale one."""

    number: int


@dataclass(frozen=True, slots=True)
class CommonTrouble:
    """Answer: for which common cause retries are held, as a sentence; None where none are."""


# --- to a session ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClientReported:
    """What the client of a generation reports; another generation's is a dead letter."""

    generation: int
    event: ClientEvent


# --- to the archive --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecordEvents:
    """Number and commit, then tell the broadcast, then `reply_to` (`EventsRecorded`)."""

    empresa_id: int
    events: tuple[NewEvent, ...]
    status: StoredStatus | None = None
    """Replaces what is stored, in the same transaction."""
    reply_to: ActorRef[Any] | None = None


@dataclass(frozen=True, slots=True)
class EventsRecorded:
    """Every event up to this journal entry is committed (or was, before)."""

    empresa_id: int
    entry_id: int


@dataclass(frozen=True, slots=True)
class EventsMissed:
    """The archive let go of the empresa's journal entries from this one on: report them again.

    It could not write for so long that it held too many. Until this entry (or an earlier one)
    comes again it takes no later one, so that the order stays that of the journal.
    """

    empresa_id: int
    entry_id: int


@dataclass(frozen=True, slots=True)
class SetWanted:
    """Store whether the empresa wants to be connected; makes it. Answer: None, once committed."""

    empresa_id: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class BeginErasure:
    """Mark the empresa as being erased. Answer: None, once committed."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class EraseMore:
    """Remove a slice of a marked empresa, of which nobody records any more.

    Answer: True once nothing is left of it, the mark included; False: ask again.
    """

    empresa_id: int


@dataclass(frozen=True, slots=True)
class ScrubTraces:
    """Leave no trace of what was erased. Answer: False where somebody reads: ask again."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """From now on tell `subscriber` each committed batch of this empresa (`EventsPublished`).

    Answer and first tell: `LedgerHead`. The newest subscriber of an empresa is the only one.
    """

    empresa_id: int
    subscriber: ActorRef[Any]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Tell this subscriber no more; its successor, if it has one already, stays."""

    empresa_id: int
    subscriber: ActorRef[Any]


@dataclass(frozen=True, slots=True)
class EventsStored:
    """Answer: None, once an event beyond this position is committed, whichever empresa's."""

    after: int


# --- to a reader of the database -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventsAfter:
    """Answer: `EventPage`. At most `limit` events with `seq` > `after`, of `types` (all: None)."""

    empresa_id: int
    after: int
    limit: int
    types: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class EventsOfAll:
    """Answer: `OrderPage`. At most `limit` events beyond a position; None: beyond the last."""

    after: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class LedgerHeadOf:
    """Answer: `LedgerHead`. Refused: `EmpresaNotFound`."""

    empresa_id: int


@dataclass(frozen=True, slots=True)
class StoredEmpresas:
    """Answer: `tuple[StoredEmpresa, ...]`, all of them, by id."""


@dataclass(frozen=True, slots=True)
class DatabaseTrouble:
    """Answer: None when a write went through just now, else a sentence."""


# --- to a broadcast --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventsPublished:
    """Committed events, in order, of one empresa."""

    events: tuple[LedgerEvent, ...]


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The session's status from now on: the snapshot. Not sent to listeners, the ledger's is."""

    status: Status


@dataclass(frozen=True, slots=True)
class Erased:
    """The empresa is gone, and its numbers with it: tell and close the listeners."""

    is_unlinked: bool
    """False: WhatsApp could not be told."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Answer: `tuple[Status, float]`, status and its age in seconds. Refused: `EmpresaNotFound`."""


@dataclass(frozen=True, slots=True)
class Join:
    """A listener, from its first event on."""

    listener: Listener
    since: int | None
    ledger_id: str | None


@dataclass(frozen=True, slots=True)
class Leave:
    """A listener has gone."""

    listener: Listener


@dataclass(frozen=True, slots=True)
class NewEvents:
    """Answer: None, as soon as an event beyond `after` is published; a deadline is the asker's."""

    after: int


class Listener:
    """One WebSocket, as its broadcast sees it; both live on the event loop."""

    def __init__(self, send: Callable[[str], Any], close: Callable[[int, str], None]) -> None:
        self.send = send
        """Hand over one text frame; answers an awaitable that ends when it is written."""
        self.close = close
        """Close with a code and a reason."""
