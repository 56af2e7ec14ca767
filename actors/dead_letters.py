"""Messages that nobody will handle: counted and shown, never silently gone."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import pykka

if TYPE_CHECKING:
    from pykka import ActorRef

logger = logging.getLogger("vendeai.actors")


class DeadLetters:
    """A count by (addressee's class, message's class). Contents are not kept: they may be secret.

    Safe to call from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, addressee: str, message: object) -> None:
        """Count one."""
        kind = type(message).__name__
        with self._lock:
            self._counts[addressee, kind] += 1
        logger.debug("dead letter: %s to %s", kind, addressee)

    def counts(self) -> dict[tuple[str, str], int]:
        """What has been counted since the start."""
        with self._lock:
            return dict(self._counts)


dead_letters = DeadLetters()


def tell(ref: ActorRef[Any] | None, message: object) -> bool:
    """Tell, where the addressee may be gone: then it is a dead letter, and False."""
    if ref is not None:
        try:
            ref.tell(message)
        except pykka.ActorDeadError:
            pass
        else:
            return True
    dead_letters.add("nobody" if ref is None else ref.actor_class.__name__, message)
    return False
