"""The requests that are not answered yet: a stopping server lets them be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from weakref import WeakSet

if TYPE_CHECKING:
    from tornado.web import RequestHandler


class Underway:
    """Lives on the event loop."""

    def __init__(self) -> None:
        # Weak: a handler whose connection broke may never say that it has finished.
        self._requests: WeakSet[RequestHandler] = WeakSet()
        self._changed = asyncio.Event()

    def begin(self, request: RequestHandler) -> None:
        """It is there."""
        self._requests.add(request)

    def end(self, request: RequestHandler) -> None:
        """It is answered; harmless twice."""
        self._requests.discard(request)
        self._changed.set()

    async def over(self) -> None:
        """Wait until there is none."""
        while self._requests:
            self._changed.clear()
            await self._changed.wait()
