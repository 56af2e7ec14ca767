"""Timers of all actors on one thread: a timer is a message told later."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

from actors.dead_letters import tell

if TYPE_CHECKING:
    from pykka import ActorRef


class Timers:
    """Tells messages at their time. Safe to call from any thread; `close` ends its thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._heap: list[tuple[float, int, ActorRef[Any], object]] = []
        self._order = itertools.count()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)
        self._thread.start()

    def after(self, seconds: float, ref: ActorRef[Any], message: object) -> None:
        """Tell `ref` the message in `seconds`. It cannot be taken back: number it."""
        with self._condition:
            due = time.monotonic() + seconds
            heapq.heappush(self._heap, (due, next(self._order), ref, message))
            self._condition.notify()

    def close(self) -> None:
        """End the thread; what is still due is dropped."""
        with self._condition:
            self._is_closed = True
            self._condition.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._condition:
                if self._is_closed:
                    return
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._condition.wait(wait)
                    continue
                _, _, ref, message = heapq.heappop(self._heap)
            tell(ref, message)
