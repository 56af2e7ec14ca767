"""A request that may wait for something to happen, and is left alone once nobody reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from web.base import BaseHandler


class LongPollHandler(BaseHandler):
    """A subclass asks `heard` for the end of its waiting."""

    _waiting: asyncio.Task[bool] | None = None
    is_abandoned = False
    """The connection is gone: an answer would reach nobody."""

    def on_connection_close(self) -> None:
        """Stop waiting for what nobody will read."""
        super().on_connection_close()
        self.is_abandoned = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def heard(self, waiting: Coroutine[Any, Any, bool]) -> bool:
        """Wait; False: in vain, or for nobody."""
        self._waiting = asyncio.ensure_future(waiting)
        try:
            return await self._waiting
        except asyncio.CancelledError:
            if self.is_abandoned:
                return False
            raise
