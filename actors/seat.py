"""One listener's place in a broadcast: what is on its way to it, and whether it keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actors.messages import Listener

#: Frames on their way to a listener that does not read, before it is closed: it can resume
#: from the ledger with its last number.
PENDING_FRAMES = 256
#: Frames on their way to it from which on it gets only what is stored.
BUSY_FRAMES = 16
#: Closing code of a listener that is too slow, or has to come again.
TRY_AGAIN_LATER = 1013


class Seat:
    """Lives on the event loop. `on_lost` is called once, when nothing can be written any more."""

    def __init__(
        self,
        listener: Listener,
        last_seq: int,
        on_lost: Callable[[], None],
        most_pending: int = PENDING_FRAMES,
    ) -> None:
        self._listener = listener
        self._most_pending = most_pending
        self.last_seq = last_seq
        """The last number that it has, or that its opening frame told it."""
        self._on_lost = on_lost
        self.pending = 0
        """Frames on their way to it."""
        self.is_closed = False
        self.is_live = True
        """False while a replay runs: it reads what is published meanwhile from the ledger."""

    def send_live(self, seq: int, frame: str) -> None:
        """Hand over a numbered event, unless a replay has sent it or will."""
        if self.is_live and seq > self.last_seq:
            self.last_seq = seq
            self.send(frame)

    def send_if_idle(self, frame: str) -> None:
        """Hand over what nobody misses, unless the listener is behind with what they would."""
        if self.is_live and self.pending < BUSY_FRAMES:
            self.send(frame)

    def send(self, frame: str) -> None:
        """Hand over a frame without waiting."""
        if self.is_closed:
            return
        if self.pending >= self._most_pending:
            self.close(TRY_AGAIN_LATER, "too slow")
            return
        try:
            writing = asyncio.ensure_future(self._listener.send(frame))
        except Exception:  # noqa: BLE001 - its connection is gone, whatever the library calls that
            self._lost()
            return
        if writing.done() and not writing.cancelled() and writing.exception() is None:
            return  # by far the most: the kernel has taken it
        self.pending += 1
        writing.add_done_callback(self._written)

    async def write(self, frame: str) -> None:
        """Hand over a frame and wait until it is written, or the listener lost."""
        if self.is_closed:
            return
        try:
            await self._listener.send(frame)
        except Exception:  # noqa: BLE001 - as above
            self._lost()

    def close(self, code: int, reason: str) -> None:
        """Close it from our side."""
        if not self.is_closed:
            self._listener.close(code, reason)
            self._lost()

    def _written(self, writing: asyncio.Future[Any]) -> None:
        self.pending -= 1
        if writing.cancelled() or writing.exception() is not None:
            self._lost()

    def _lost(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._on_lost()
