"""The inbox of an actor with a thread: Pykka's, which says since when the oldest message waits."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, Any

from actors.load import Load

if TYPE_CHECKING:
    from pykka._envelope import Envelope


class ThreadInbox:
    """`put` may be called from any thread."""

    def __init__(self) -> None:
        self.load = Load()
        self._queue: queue.SimpleQueue[Envelope[Any]] = queue.SimpleQueue()

    def put(self, envelope: Envelope[Any], /) -> None:
        """Append; never waits."""
        self.load.arrived()
        self._queue.put(envelope)

    def get(self) -> Envelope[Any]:
        """Take the oldest, or wait for one."""
        envelope = self._queue.get()
        self.load.taken()
        return envelope

    def empty(self) -> bool:
        """Whether nothing waits."""
        return self._queue.empty()
