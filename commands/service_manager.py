"""What the server tells the service manager that started it, as `sd_notify(3)` describes.

Without one, as on a developer's machine, nothing is told to anybody.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Self

from actors.errors import DeadlineExceeded, Refusal
from actors.messages import ServicesStarted
from actors.reply import ask
from actors.system import System

logger = logging.getLogger("vendeai.serve")

#: Seconds between two words about the empresas where no watchdog asks for more.
STATUS_SECONDS = 30.0
#: Seconds until who did not answer is asked again: it takes them milliseconds.
_RETRY_SECONDS = 1.0
#: Seconds that a service manager may take to read.
_SEND_SECONDS = 1.0


class ServiceManager:
    """systemd, or whoever speaks as it does. On the event loop."""

    def __init__(self, address: str | None, watchdog_seconds: float | None = None) -> None:
        """`address` of its socket: a path, or `@` and a name; None: there is none."""
        self._address = address
        self.period = STATUS_SECONDS if watchdog_seconds is None else watchdog_seconds / 2
        """Seconds between two signs of life."""

    @property
    def is_there(self) -> bool:
        """Whether somebody watches over this process, and starts it again."""
        return self._address is not None

    @classmethod
    def of(cls, environ: MutableMapping[str, str]) -> Self:
        """The one that the environment names, and takes it out there: it is not the workers'."""
        address = environ.pop("NOTIFY_SOCKET", "")
        microseconds = environ.pop("WATCHDOG_USEC", "")
        watched = environ.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        is_watched = watched and microseconds.isascii() and microseconds.isdigit()
        seconds = int(microseconds) / 1e6 if is_watched else 0.0
        return cls(address if address.startswith(("/", "@")) else None, seconds or None)

    def tell(self, *lines: str) -> None:
        """Send assignments such as `READY=1`. What cannot be sent is logged."""
        if self._address is None:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.settimeout(_SEND_SECONDS)
                channel.sendto("\n".join(lines).encode(), address)
        except OSError as error:
            logger.warning("the service manager cannot be told %s: %s", lines[0], error)

    @asynccontextmanager
    async def informed(self, system: System) -> AsyncIterator[None]:
        """Tell it that the server is ready, then how it is, and at the end that it stops."""
        self.tell("READY=1", "STATUS=Listening.")
        reporting = None if self._address is None else asyncio.create_task(self._report(system))
        try:
            yield
        finally:
            if reporting is not None:
                reporting.cancel()
                await asyncio.wait([reporting])
            self.tell("STOPPING=1", "STATUS=Stopping.")

    async def _report(self, system: System) -> None:
        """Tell it that the server lives, for as long as the loop turns and both answer."""
        while True:
            status = await _status(system)
            if status is None:
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                await self._tell_apart("WATCHDOG=1", f"STATUS={status}")
                await asyncio.sleep(self.period)

    async def _tell_apart(self, *lines: str) -> None:
        """Send them from another thread: the loop turns, however long the manager takes.

        A cancelled one ends when they are sent, so that nothing that is told later overtakes them.
        """
        sending = asyncio.create_task(asyncio.to_thread(self.tell, *lines))
        try:
            await asyncio.shield(sending)
        finally:
            await asyncio.wait([sending])


async def _status(system: System) -> str | None:
    """How the server is, in one sentence; None where root or registry hangs."""
    root, *_ = system.parts()
    try:
        await ask(root, ServicesStarted())
        statuses = await system.statuses()
    except DeadlineExceeded:
        logger.error("root or registry does not answer")  # noqa: TRY400 - where it hangs is unknown
        return None
    except Refusal:
        # The root starts it again, as often as it takes: no reason to start the server again.
        return "The registry is being started again."
    connected = sum(status.connected for status, _ in statuses.values())
    return f"{connected} of {len(statuses)} empresas are connected."
