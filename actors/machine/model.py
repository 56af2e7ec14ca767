"""What a session's decisions depend on, what happens to it, and what it can do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from actors.status import NO_LINK_YET, Link, State, Status

if TYPE_CHECKING:
    from actors.messages import Connect

#: Seconds within which a client must get on: show a QR, log in, or be back after a lost link.
PROGRESS_SECONDS = 30.0
#: Seconds that an unlinking may take in all, the connecting before it included.
UNLINK_SECONDS = 20.0
#: Seconds within which a client whose link is up, or that shows a QR or a code, must say anything,
#: as it does every few, and what it gets beyond them: it may be the server that was stopped and
#: hears it only now.
SIGN_SECONDS = 30.0
LAST_SIGN_SECONDS = 8.0
#: Seconds within which a client that shows a QR or a code must show another, be paired or say
#: that the time is over (160 s after the first).
SCAN_SECONDS = 175.0
#: Silence on the link, in ms, after which a session is degraded: WhatsApp's library pings every
#: 20 to 30 s, so that an answered ping is missing by then.
SILENT_MS = 35_000
#: Silence after which the client is replaced rather than waited for.
DEAD_MS = 45_000

#: States that only a wish of the shop or the operator leaves.
END_STATES = frozenset(
    {
        State.STOPPED,
        State.LOGGED_OUT,
        State.BANNED,
        State.REPLACED,
        State.CLIENT_OUTDATED,
        State.FAILED,
    }
)


class Process(StrEnum):
    """The client's process, as the session knows it."""

    NONE = "none"
    RUNNING = "running"
    ENDING = "ending"
    """It was told to end, or said that it would; nothing that it reports counts any more."""


class Afterwards(StrEnum):
    """What follows when the ending client is gone."""

    STAY = "stay"
    START = "start"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Session:
    """All that a decision depends on."""

    empresa_id: int
    status: Status
    wanted: bool
    is_linked: bool
    """Whether credentials are stored."""
    process: Process = Process.NONE
    afterwards: Afterwards = Afterwards.STAY
    is_pairing: bool = False
    """The client is there to be paired, by somebody's wish."""
    pairing_phone: str | None = None
    is_unlinking: bool = False
    retries: int = 0
    """Since the link was last up."""
    last_number: str | None = None
    """E.164: the number linked last, also after it was unlinked."""
    link: Link = NO_LINK_YET


# --- what happens, beside the commands of `messages.py` and the reports of the port ------------


@dataclass(frozen=True, slots=True)
class Opened:
    """The session begins, from what is stored."""

    is_exhausted: bool = False
    """It has no restart left."""
    resume: Connect | None = None
    """The wish to be paired, of a session that died over it: no pairing begins by itself."""


@dataclass(frozen=True, slots=True)
class RetryDue:
    """It may try again."""


@dataclass(frozen=True, slots=True)
class ProgressOverdue:
    """The deadline for progress or a sign of life has passed."""


@dataclass(frozen=True, slots=True)
class SendOverdue:
    """A message that the client is to send has taken longer than it may."""


@dataclass(frozen=True, slots=True)
class PairingOverdue:
    """The deadline for a pairing has passed."""


@dataclass(frozen=True, slots=True)
class UnlinkOverdue:
    """The deadline for the unlinking has passed."""


# --- what is done about it -------------------------------------------------------------------


class Do(StrEnum):
    """What the actor carries out, in the given order."""

    START_CLIENT = "start the client"
    END_CLIENT = "end it in order"
    KILL_CLIENT = "end it at once"
    LOG_OUT = "unlink through the running client"
    FORGET = "remove the credentials"
    DRAIN_JOURNAL = "take in what the journal of an ended client still holds"
    AWAIT_PROGRESS = "set the deadline for progress"
    AWAIT_SCAN = "set the deadline for a pairing"
    AWAIT_SIGN = "set the deadline for a sign of life"
    AWAIT_LAST_SIGN = "set the last deadline for one"
    PROGRESSED = "lift the deadline for progress or a sign of life"
    AWAIT_UNLINK = "set the deadline for the unlinking"
    RETRY_LATER = "ask the registry to say when to try again"
    FAIL = "die, so that the supervisor restarts this session"


#: The timer that an effect sets, and for how many seconds.
TIMERS: dict[Do, tuple[str, float | None]] = {
    Do.AWAIT_PROGRESS: ("progress", PROGRESS_SECONDS),
    Do.AWAIT_SCAN: ("pairing", SCAN_SECONDS),
    Do.AWAIT_SIGN: ("progress", SIGN_SECONDS),
    Do.AWAIT_LAST_SIGN: ("progress", LAST_SIGN_SECONDS),
    Do.AWAIT_UNLINK: ("unlink", UNLINK_SECONDS),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Store the wish."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class NumberChanged:
    """Publish that another number is linked now."""

    before: str
    after: str


Effect: TypeAlias = Do | Wanted | NumberChanged
Decision: TypeAlias = tuple[Session, tuple[Effect, ...]]
