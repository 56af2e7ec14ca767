"""How long nothing has come from the library."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Quiet:
    """Entered by the library's one thread of events, asked by any other."""

    def __init__(self) -> None:
        self._is_handling = False
        self._since = time.monotonic()

    @contextmanager
    def broken(self) -> Iterator[None]:
        """While an event is handled, however long that takes."""
        self._is_handling = True
        try:
            yield
        finally:
            self._since = time.monotonic()
            self._is_handling = False

    def wait(self, seconds: float, most: float) -> None:
        """Until it has been quiet for so long; blocks for about `most` seconds at most."""
        deadline = time.monotonic() + most
        while self.seconds() < seconds and time.monotonic() < deadline:
            time.sleep(seconds / 5)

    def seconds(self) -> float:
        """Since the last event was handled; 0 while one is."""
        return 0.0 if self._is_handling else time.monotonic() - self._since
