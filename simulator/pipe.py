"""One direction of a line: what goes through it comes out in order, if late or not for now."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Lateness:
    """How late everything comes, in seconds."""

    least: float
    jitter: float = 0.0

    def draw(self) -> float:
        """Return one delay, evenly spread over the jitter."""
        return self.least + random.uniform(0.0, self.jitter)  # noqa: S311 - no secret


class Pipe:
    """A queue of actions. Used on the event loop only."""

    def __init__(self) -> None:
        self.lateness: Lateness | None = None
        self._holds = 0
        self._waiting: deque[tuple[float, Callable[[], None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def put(self, action: Callable[[], None]) -> None:
        """Let an action happen: now, if nothing holds it up."""
        if not self._holds and not self._waiting and self.lateness is None:
            action()
            return
        late = self.lateness.draw() if self.lateness else 0.0
        due = asyncio.get_running_loop().time() + late
        if self._waiting:
            due = max(due, self._waiting[-1][0])
        self._waiting.append((due, action))
        self._schedule()

    def hold(self) -> None:
        """Let nothing through until `release` was called as often."""
        self._holds += 1
        self.stop_clock()

    def release(self) -> None:
        """Let what has waited through."""
        self._holds = max(0, self._holds - 1)
        self._schedule()

    def empty(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self.stop_clock()

    def stop_clock(self) -> None:
        """Wake up no more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        if self._waiting and not self._holds and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._waiting[0][0], self._pass_on)

    def _pass_on(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._waiting and not self._holds and self._waiting[0][0] <= now:
            self._waiting.popleft()[1]()
        self._schedule()
