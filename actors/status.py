"""An empresa's status: its state, why, since when, and what the shop should do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """What an empresa's session is in; exactly one at a time."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    AWAITING_SCAN = "awaiting_scan"
    AWAITING_CODE = "awaiting_code"
    CONNECTED = "connected"
    DEGRADED = "degraded"
    RECONNECTING = "reconnecting"
    LOGGED_OUT = "logged_out"
    BANNED = "banned"
    REPLACED = "replaced"
    CLIENT_OUTDATED = "client_outdated"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a session is in its state."""

    BY_REQUEST = "by_request"
    QR_EXPIRED = "qr_expired"
    PAIRING_CANCELLED = "pairing_cancelled"
    CODE_EXPIRED = "code_expired"
    CODE_WRONG = "code_wrong"
    PAIRING_REFUSED = "pairing_refused"
    DEVICE_LIMIT = "device_limit"
    REMOVED_BY_PHONE = "removed_by_phone"
    UNLINKING = "unlinking"
    UNLINK_UNCONFIRMED = "unlink_unconfirmed"
    WHATSAPP_UNREACHABLE = "whatsapp_unreachable"
    WHATSAPP_UNAVAILABLE = "whatsapp_unavailable"
    LINK_SILENT = "link_silent"
    JOURNAL_UNWRITABLE = "journal_unwritable"
    WORKER_DIED = "worker_died"
    INTERNAL_ERROR = "internal_error"
    RESTARTS_EXHAUSTED = "restarts_exhausted"


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of a session's connection to WhatsApp, since the session was started."""

    heard_at: datetime | None = None
    """When data came last, as the kernel knows it; looked at every few seconds."""
    round_trip_ms: float | None = None
    undecryptable: int = 0
    """Times that a message could not be read at first."""
    ack_ms: float | None = None
    """Of the last message that was sent: from the client's getting it to WhatsApp's answer."""


NO_LINK_YET = Link()


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR that can be scanned now."""

    png: bytes
    attempt: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PairingCode:
    """A code that can be typed on the phone now."""

    code: str
    phone_number: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """One session's status. Secrets (`qr`, `pairing_code`) never reach the ledger or a log."""

    state: State
    since: datetime
    reason: Reason | None = None
    phone_number: str | None = None
    """E.164, of the linked number; kept while reconnecting, None when nothing is linked."""
    until: datetime | None = None
    """End of a ban."""
    qr: Qr | None = None
    pairing_code: PairingCode | None = None

    @property
    def connected(self) -> bool:
        """Whether messages come in now."""
        return self.state in (State.CONNECTED, State.DEGRADED)
