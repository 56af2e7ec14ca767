"""Retention as the archive does it: in rounds, a small slice at a time between its commits."""

from __future__ import annotations

import logging
import time
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from persistence import retention
from persistence.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from actors.recorder import Recorder
    from persistence.database import Access
    from persistence.values import Retention

logger = logging.getLogger("vendeai.archive")

#: Events that the first slice removes; how long it took decides about the next.
FIRST_SLICE = 100
SMALLEST_SLICE = 25
LARGEST_SLICE = 250

#: Seconds of a slice for which it is halved, and below which it is doubled.
SLOW = 0.02
FAST = 0.005

#: Seconds of looking for something to remove before the archive's inbox has its turn.
LOOK_SECONDS = 0.005


class Pruner:
    """Used by the archive's thread alone. Methods may raise `DatabaseUnavailable`."""

    def __init__(self, recorder: Recorder, reader: Access, kept: Retention) -> None:
        self._recorder = recorder
        self._reader = reader
        self._kept = kept
        self._waiting: deque[int] = deque()
        self._most = FIRST_SLICE

    def begin(self) -> None:
        """Begin a round: every empresa that has events is looked at."""
        self._waiting.clear()
        if self._kept.days or self._kept.events:
            with self._reader.transaction() as connection:
                self._waiting.extend(retention.everyone(connection))

    def turn(self) -> bool:
        """Remove a slice, or look on; False: the round is over."""
        until = time.monotonic() + LOOK_SECONDS
        while self._waiting:
            if self._prune(self._waiting[0]):
                return True
            self._waiting.popleft()
            if time.monotonic() > until:
                return True
        return self._recorder.forget(datetime.now(UTC), self._kept.days, self._most)

    def _prune(self, empresa_id: int) -> bool:
        """Remove a slice of this empresa, if there is one."""
        now = datetime.now(UTC)
        try:
            with self._reader.transaction() as connection:
                up_to = retention.removable(connection, empresa_id, self._kept, now, self._most)
            if up_to is None:
                return False
            begun = time.monotonic()
            self._recorder.remove_events(empresa_id, up_to, now)
        except DatabaseUnavailable:
            raise
        except Exception:
            # A ledger that is wrong somehow stays whole, and takes no other with it.
            logger.exception("retention failed", extra={"empresa_id": empresa_id})
            return False
        self._pace(time.monotonic() - begun)
        return True

    def _pace(self, seconds: float) -> None:
        if seconds > SLOW:
            self._most = max(self._most // 2, SMALLEST_SLICE)
        elif seconds < FAST:
            self._most = min(self._most * 2, LARGEST_SLICE)
