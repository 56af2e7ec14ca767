"""The state machine of a session: what each wish, report and deadline means in each state."""

from actors.machine.decide import decide
from actors.machine.model import (
    Decision,
    Do,
    Effect,
    NumberChanged,
    Opened,
    PairingOverdue,
    Process,
    ProgressOverdue,
    RetryDue,
    SendOverdue,
    Session,
    UnlinkOverdue,
    Wanted,
)

__all__ = [
    "Decision",
    "Do",
    "Effect",
    "NumberChanged",
    "Opened",
    "PairingOverdue",
    "Process",
    "ProgressOverdue",
    "RetryDue",
    "SendOverdue",
    "Session",
    "UnlinkOverdue",
    "Wanted",
    "decide",
]
