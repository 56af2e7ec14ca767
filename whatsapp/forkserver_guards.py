"""What keeps the standard library's forkserver alive as long as its workers need it.

As it comes, it ends, and with it every worker, over a server that ran out of descriptors in the
middle of a request, and over a fork that the kernel refuses (no memory, too many processes). Its
loop goes on only past ECONNABORTED, so that is what these failures are turned into.

And it ends at once with a server that was killed, where its workers need a moment to journal what
they have acknowledged to WhatsApp.
"""

from __future__ import annotations

import atexit
import errno
import logging
import os
import signal
from contextlib import suppress
from multiprocessing import reduction
from typing import TYPE_CHECKING

from whatsapp.linux import signal_at_parents_death

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    Receive = Callable[[socket.socket, int], list[int]]
    Fork = Callable[[], int]

logger = logging.getLogger("vendeai.whatsapp")

#: Seconds that the workers of a server that was killed may take to leave in order.
_LAST_SECONDS = 1.5


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


def outlive_server_briefly() -> None:
    """Stay until the workers have left, once the server is gone; then end, and all that is left.

    Its end shows as the end of a pipe and, to a forkserver that was stopped, as a SIGCONT.
    """
    forkserver, server = os.getpid(), os.getppid()

    def continued(*_: object) -> None:
        if os.getpid() == forkserver and os.getppid() != server:
            _see_workers_off()

    signal.signal(signal.SIGCONT, continued)
    signal_at_parents_death(signal.SIGCONT)
    atexit.register(_see_workers_off)


def _see_workers_off() -> None:
    signal.setitimer(signal.ITIMER_REAL, _LAST_SECONDS)  # SIGALRM, and so the workers' SIGKILL
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)
    os._exit(0)


def _aborted(why: str) -> OSError:
    return OSError(errno.ECONNABORTED, why)
