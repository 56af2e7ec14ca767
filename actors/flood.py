"""How many texts a handler may send to one conversation. Arithmetic alone.

Two machines that answer one another would go on for ever, at whatever pace each of them keeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

#: Texts within so many seconds.
LIMITS = ((60, 20), (3600, 100))


def room(said: Sequence[int], now: datetime) -> int:
    """How many more may be sent now, where these were (seconds, Unix)."""
    moment = now.timestamp()
    counts = (most - sum(moment - each < span for each in said) for span, most in LIMITS)
    return max(0, min(counts))


def after(said: Sequence[int], count: int, now: datetime) -> tuple[int, ...]:
    """Those that count from now on, when so many more are sent."""
    moment = now.timestamp()
    longest = max(span for span, _ in LIMITS)
    return (*(each for each in said if moment - each < longest), *([int(moment)] * count))
