"""The governor: how fast an empresa may send, and what goes first (docs/sending.md)."""

from actors.governor.governor import asked, decide, estimate, foremost, sent
from actors.governor.lanes import Decision, Lanes
from actors.governor.pauses import REASONS, refused, resumed
from actors.governor.queued import Lane, Queued
from actors.governor.settings import Settings
from actors.governor.state import Holds, Pause, PauseReason, State

__all__ = [
    "REASONS",
    "Decision",
    "Holds",
    "Lane",
    "Lanes",
    "Pause",
    "PauseReason",
    "Queued",
    "Settings",
    "State",
    "asked",
    "decide",
    "estimate",
    "foremost",
    "refused",
    "resumed",
    "sent",
]
