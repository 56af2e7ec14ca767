"""Waiting for what a process only tells when it is asked."""

import threading
import time
from collections.abc import Callable

PAUSE_SECONDS = 0.02
DEADLINE_SECONDS = 20.0


def wait_until(holds: Callable[[], object], seconds: float = DEADLINE_SECONDS) -> None:
    """Ask until the answer is true; TimeoutError after so many seconds."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("this has not become true")
        pause.wait(PAUSE_SECONDS)
