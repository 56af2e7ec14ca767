"""Room for bodies that are in memory as a whole: only so much at once, whoever sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from tornado.web import RequestHandler

#: Bytes of large bodies at once. While one is read and its base64 decoded, it is in memory about
#: four times.
MOST_BYTES = 64 * 1024 * 1024


class BodyRoom:
    """Lives on the event loop."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        # Weak: a handler whose connection broke may never say that it has finished.
        self._held: WeakKeyDictionary[RequestHandler, int] = WeakKeyDictionary()

    def take(self, handler: RequestHandler, size: int) -> bool:
        """Take room for a request's body; False: there is none now."""
        if sum(self._held.values()) + size > self._most:
            return False
        self._held[handler] = size
        return True

    def give_back(self, handler: RequestHandler) -> None:
        """It is answered; harmless twice, and for one that has taken none."""
        self._held.pop(handler, None)
