"""An actor that keeps what it is told, so that a test can wait for it."""

from __future__ import annotations

import queue
from typing import Any, TypeVar

from actors.actor import Place, ThreadActor

T = TypeVar("T")

#: Seconds that a test waits for a message.
DEADLINE = 10.0


class Ear(ThreadActor):
    """Everything it is told goes into `heard`, in order."""

    def __init__(self, heard: queue.Queue[Any]) -> None:
        super().__init__(Place("ear"))
        self._heard = heard

    def receive(self, message: Any) -> None:
        self._heard.put(message)


class Heard:
    """What an `Ear` was told and a test has not yet looked at."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] = queue.Queue()
        self.ref = Ear.start(self._queue)

    def next(self, kind: type[T]) -> T:
        """The next message, which must be of this kind."""
        message = self._queue.get(timeout=DEADLINE)
        assert isinstance(message, kind), message
        return message

    def nothing(self) -> bool:
        """Whether nothing more has been told until now."""
        return self._queue.empty()
