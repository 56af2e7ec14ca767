"""What an actor's inbox and its work look like: written by its own thread, read by anybody."""

from __future__ import annotations

import math
import time
from collections import deque

#: Seconds over which messages a second are counted.
RATE_SECONDS = 10
#: Seconds of a window of times; quantiles are of the present one and the one before.
WINDOW_SECONDS = 60.0
#: Steps within a doubling: a time is known to about a tenth of it.
_STEPS = 8
_SLOTS = 16


class Load:
    """Of one actor's life. What is read while it is written may be off by the last message."""

    __slots__ = (
        "_arrivals",
        "_before",
        "_counts",
        "_seconds",
        "_times",
        "_window_end",
        "busy_since",
        "busy_with",
        "handled",
    )

    def __init__(self) -> None:
        self.handled = 0
        """Messages since its start."""
        self.busy_with: str | None = None
        """The class of the message in hand, or its start or end; None: it waits for a message."""
        self.busy_since = 0.0
        self._arrivals: deque[float] = deque()
        self._times: dict[int, int] = {}
        self._before: dict[int, int] = {}
        self._window_end = time.monotonic() + WINDOW_SECONDS
        self._seconds = [0] * _SLOTS
        self._counts = [0] * _SLOTS

    def arrived(self) -> None:
        """A message was put into the inbox."""
        self._arrivals.append(time.monotonic())

    def taken(self) -> float:
        """One was taken out; answers the seconds that it waited."""
        return time.monotonic() - self._arrivals.popleft()

    def waiting(self) -> int:
        """Messages in the inbox."""
        return len(self._arrivals)

    def begins(self, what: str) -> None:
        """A message is in hand, or its start or end."""
        self.busy_since = time.monotonic()
        self.busy_with = what

    def rests(self) -> None:
        """What was in hand is done with, and was no message."""
        self.busy_with = None

    def ends(self) -> float:
        """The message is done with; answers the seconds that it took."""
        now = time.monotonic()
        seconds = now - self.busy_since
        self.busy_with = None
        self.handled += 1
        if now >= self._window_end:
            is_recent = now < self._window_end + WINDOW_SECONDS
            self._before = self._times if is_recent else {}
            self._times = {}
            self._window_end = now + WINDOW_SECONDS
        step = _step(seconds)
        self._times[step] = self._times.get(step, 0) + 1
        second = int(now)
        slot = second % _SLOTS
        if self._seconds[slot] != second:
            self._seconds[slot], self._counts[slot] = second, 0
        self._counts[slot] += 1
        return seconds

    def busy_for(self, now: float) -> float:
        """Seconds that the message in hand has taken; 0 where there is none."""
        return max(0.0, now - self.busy_since) if self.busy_with is not None else 0.0

    def oldest(self, now: float) -> float:
        """Seconds that the oldest message in the inbox has waited; 0 where there is none."""
        try:
            return max(0.0, now - self._arrivals[0])
        except IndexError:
            return 0.0

    def per_second(self, now: float) -> float:
        """Messages a second, over the last whole seconds."""
        last = int(now)
        counted = zip(self._seconds, self._counts, strict=True)
        recent = sum(count for second, count in counted if last - RATE_SECONDS <= second < last)
        return recent / RATE_SECONDS

    def quantiles(self, now: float, *shares: float) -> tuple[float | None, ...]:
        """Seconds that a message takes, by share, of the last minute or two; None: none came."""
        if now >= self._window_end + WINDOW_SECONDS:
            return (None,) * len(shares)
        # Copied at one stroke: the actor's thread writes on.
        counts, before = self._times.copy(), self._before.copy()
        for step, count in before.items():
            counts[step] = counts.get(step, 0) + count
        steps, total = sorted(counts.items()), sum(counts.values())
        return tuple(_quantile(steps, share * total) for share in shares)


def _quantile(steps: list[tuple[int, int]], rank: float) -> float | None:
    seen = 0
    for step, count in steps:
        seen += count
        if seen >= rank:
            return _seconds(step)
    return None


def _step(seconds: float) -> int:
    return math.ceil(_STEPS * math.log2(max(seconds, 1e-7)))


def _seconds(step: int) -> float:
    return float(2.0 ** (step / _STEPS))
