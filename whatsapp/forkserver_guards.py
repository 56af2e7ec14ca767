"""What keeps the standard library's forkserver alive where a single start fails.

As it comes, it ends, and with it every worker, over a server that ran out of descriptors in the
middle of a request, and over a fork that the kernel refuses (no memory, too many processes). Its
loop goes on only past ECONNABORTED, so that is what these failures are turned into.
"""

from __future__ import annotations

import errno
import logging
import os
from contextlib import suppress
from multiprocessing import reduction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Receive = Callable[[socket.socket, int], list[int]]
    Fork = Callable[[], int]

logger = logging.getLogger("vendeai.whatsapp")


class Guards:
    """Stand in for `reduction.recvfds` and `os.fork`, in the forkserver's only thread."""

    def __init__(self, receive: Receive, fork: Fork) -> None:
        self._receive = receive
        self._fork = fork
        self._received: list[int] = []

    def receive(self, sock: socket.socket, size: int) -> list[int]:
        """The descriptors of a request. Raises ConnectionAbortedError where none came."""
        try:
            self._received = self._receive(sock, size)
        except EOFError as error:
            raise _aborted("a request without descriptors") from error
        return self._received

    def fork(self) -> int:
        """As `os.fork`. Raises ConnectionAbortedError; who asked then reads an end of file."""
        try:
            return self._fork()
        except OSError as error:
            logger.error("no worker can be forked: %s", error)  # noqa: TRY400 - no bug of ours
            for descriptor in self._received:
                with suppress(OSError):
                    os.close(descriptor)
            raise _aborted("the kernel refused to fork") from error


def guard_forkserver() -> None:
    """Put them in place, once."""
    guards = Guards(reduction.recvfds, os.fork)
    reduction.recvfds = guards.receive
    os.fork = guards.fork


def _aborted(why: str) -> OSError:
    return OSError(errno.ECONNABORTED, why)
