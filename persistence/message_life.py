"""The life of a message that is sent: its states, and which may follow which."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class MessageState(StrEnum):
    """Where a message that was accepted stands; exactly one at a time."""

    QUEUED = "queued"
    SENDING = "sending"
    """Handed to the library; whether it left is not known yet."""
    SERVER_ACK = "server_ack"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCONFIRMED = "unconfirmed"
    """It left, or may have, and neither WhatsApp's answer nor a receipt is there."""


_S = MessageState
_RECEIVED = frozenset({_S.DELIVERED, _S.READ, _S.PLAYED})

#: A receipt proves that it left, whatever was known before; a state that says less than the one
#: before it comes late, and is history.
_FOLLOWING: dict[MessageState, frozenset[MessageState]] = {
    _S.QUEUED: frozenset({_S.SENDING, _S.FAILED, _S.CANCELLED}),
    _S.SENDING: frozenset({_S.QUEUED, _S.SERVER_ACK, _S.UNCONFIRMED, _S.FAILED}) | _RECEIVED,
    _S.SERVER_ACK: _RECEIVED | {_S.FAILED},
    _S.DELIVERED: frozenset({_S.READ, _S.PLAYED}),
    _S.READ: frozenset({_S.PLAYED}),
    _S.PLAYED: frozenset(),
    _S.FAILED: _RECEIVED,
    _S.CANCELLED: frozenset(),
    _S.UNCONFIRMED: frozenset({_S.QUEUED, _S.SERVER_ACK, _S.FAILED}) | _RECEIVED,
}

#: Those from which it may still be sent.
OPEN = frozenset({_S.QUEUED, _S.SENDING})
#: Those from which on it is certain that it left.
LEFT = _RECEIVED | {_S.SERVER_ACK}


def may_follow(before: MessageState, after: MessageState) -> bool:
    """Whether a message in the one state can come into the other."""
    return after in _FOLLOWING[before]


def step_row(state: MessageState, reason: str | None, at: datetime) -> list[str | None]:
    """A state as the message's row keeps it."""
    return [state, reason, at.isoformat()]
