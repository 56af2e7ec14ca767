"""A clock that a test turns."""

from __future__ import annotations


class Clock:
    """Monotonic, in seconds."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time
