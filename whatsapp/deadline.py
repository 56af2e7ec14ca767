"""A deadline for calls into the library, which has none of its own."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("vendeai.worker")


def succeeds_within(call: Callable[[], object], seconds: float) -> bool:
    """Whether the call comes back in time and without an error, which is logged.

    A call that does not come back keeps its thread until the process ends.
    """
    succeeded = threading.Event()
    over = threading.Event()

    def attempt() -> None:
        try:
            call()
            succeeded.set()
        except Exception:
            logger.exception("a call to WhatsApp failed")
        finally:
            over.set()

    threading.Thread(target=attempt, daemon=True).start()
    return over.wait(max(0.0, seconds)) and succeeded.is_set()
