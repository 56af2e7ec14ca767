"""Turns of what is large: so many bytes may be held in memory at once, and the others wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

#: Bytes of files that clients may hold at once, all empresas together. Each is in memory three
#: times: read, handed to the library, and encrypted there (measured: 192 MiB for one of 64).
MOST_BYTES = 128 * 1024 * 1024
#: Bytes that wait for nobody: many of them take less than one that is large.
SMALL_BYTES = 1024 * 1024


class Turns:
    """First come, first served. On the event loop."""

    def __init__(self, most: int = MOST_BYTES, small: int = SMALL_BYTES) -> None:
        self._most = most
        self._small = small
        self._free = most
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def of(self, size: int) -> AsyncIterator[None]:
        """Within, so many bytes may be held. What is larger than all that is free goes alone."""
        share = 0 if size <= self._small else min(size, self._most)
        if share:
            await self._take(share)
        try:
            yield
        finally:
            self._give_back(share)

    async def _take(self, share: int) -> None:
        if not self._waiting and share <= self._free:
            self._free -= share
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((share, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._next()
            else:
                self._give_back(share)  # its turn came at the very moment
            raise

    def _give_back(self, share: int) -> None:
        self._free += share
        self._next()

    def _next(self) -> None:
        while self._waiting:
            share, turn = self._waiting[0]
            if turn.done():
                self._waiting.popleft()
            elif share <= self._free:
                self._waiting.popleft()
                self._free -= share
                turn.set_result(None)
            else:
                return
