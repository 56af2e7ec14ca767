"""How much of something passes: a burst, and then so much a second."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

#: Keys that are remembered; one that was forgotten has its whole burst again.
_KEYS = 256


class Allowance:
    """Of all together, and of each key. Used by one thread at a time."""

    def __init__(
        self,
        burst: int,
        per_second: float,
        all_burst: int,
        all_per_second: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._now = now
        self._each = (burst, per_second)
        self._all = (all_burst, all_per_second)
        self._left: OrderedDict[str | None, tuple[float, float]] = OrderedDict()
        """Of each key how much is left, and since when; of all under None."""

    def lets_pass(self, key: str) -> bool:
        """Whether one more may pass; it counts if it does."""
        mine, all_ = self._filled(key, *self._each), self._filled(None, *self._all)
        passes = mine >= 1 and all_ >= 1
        self._put(key, mine - passes)
        self._put(None, all_ - passes)
        while len(self._left) > _KEYS:
            self._left.popitem(last=False)
        return passes

    def _filled(self, key: str | None, most: int, per_second: float) -> float:
        left, since = self._left.get(key, (most, self._now()))
        return min(most, left + (self._now() - since) * per_second)

    def _put(self, key: str | None, left: float) -> None:
        self._left[key] = left, self._now()
        self._left.move_to_end(key)
