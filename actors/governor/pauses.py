"""How long nothing goes out after WhatsApp said that it is too much."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from actors.governor.state import Holds, Pause, PauseReason, State

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Rule:
    first: timedelta
    """Doubles each time that it is said again after a pause..."""
    longest: timedelta
    memory: timedelta
    """...within so long after its end. Said again during a pause it begins again, as long."""


_RULES: dict[PauseReason, dict[Holds, _Rule]] = {
    PauseReason.RATE_LIMITED: {
        # Answers take a breath too, or they would be refused over and over.
        Holds.EVERYTHING: _Rule(timedelta(seconds=5), 5 * _MINUTE, 5 * _MINUTE),
        Holds.CONTACTS: _Rule(15 * _MINUTE, 6 * _HOUR, _DAY),
    },
    # WhatsApp's own locks are of hours to a week; it seldom tells their end.
    PauseReason.NEW_CONTACTS_LIMITED: {Holds.CONTACTS: _Rule(12 * _HOUR, 4 * _DAY, 7 * _DAY)},
    # Nothing goes out while it lasts; first contacts rest for longer.
    PauseReason.TEMPORARY_BAN: {
        Holds.EVERYTHING: _Rule(_HOUR, _DAY, _DAY),
        Holds.CONTACTS: _Rule(_DAY, 7 * _DAY, 30 * _DAY),
    },
}

#: What the answer to a message means.
REASONS = {429: PauseReason.RATE_LIMITED, 463: PauseReason.NEW_CONTACTS_LIMITED}


def refused(
    state: State, reason: PauseReason, now: datetime, until: datetime | None = None
) -> State:
    """The state after WhatsApp said so. `until`: when it ends, where WhatsApp told that.

    It never shortens a pause. After a ban first contacts rest for a further time.
    """
    for holds, rule in _RULES[reason].items():
        state = _paused(state, reason, holds, rule, now, until)
    return state


def resumed(state: State) -> State:
    """No pause any more, and none remembered: a person has decided so."""
    return replace(state, pauses=())


def _paused(
    state: State,
    reason: PauseReason,
    holds: Holds,
    rule: _Rule,
    now: datetime,
    until: datetime | None,
) -> State:
    others = tuple(p for p in state.pauses if (p.reason, p.holds) != (reason, holds))
    before = next((p for p in state.pauses if (p.reason, p.holds) == (reason, holds)), None)
    times = _times(before, rule, now)
    length = min(rule.longest, rule.first * 2 ** min(times - 1, 16))
    if reason is PauseReason.TEMPORARY_BAN and until is not None:
        end = until if holds is Holds.EVERYTHING else until + length
    else:
        end = max(now + length, until or now)
    if before is not None:
        end = max(end, before.until)
    return replace(state, pauses=(*others, Pause(reason, holds, end, times)))


def _times(before: Pause | None, rule: _Rule, now: datetime) -> int:
    if before is None or now >= before.until + rule.memory:
        return 1
    return before.times if now < before.until else before.times + 1
