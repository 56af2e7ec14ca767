"""A listening socket that rests when there is nothing left to accept a connection with.

Tornado tries again at once, and again, for as long as a connection waits: a processor that is
busy with nothing, and a traceback for each try.
"""

from __future__ import annotations

import errno
import logging
import socket
from typing import Any

from tornado.ioloop import IOLoop

logger = logging.getLogger("vendeai.web")

#: What passes by itself: no open file is left to the process or the machine, or no memory.
SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
#: Seconds of rest. Connections wait in the kernel meanwhile.
REST_SECONDS = 1.0


class PatientSocket(socket.socket):
    """Takes over a socket that listens, for Tornado's accept handler; does not block."""

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(
            listening.family, listening.type, listening.proto, fileno=listening.detach()
        )
        self.setblocking(False)
        self._rested = False

    def accept(self) -> tuple[socket.socket, Any]:
        """As a socket's. Raises BlockingIOError at a shortage too, and is not asked for a while."""
        try:
            accepted = super().accept()
        except OSError as error:
            if error.errno not in SHORTAGES:
                raise
            self._rest(error)
            raise BlockingIOError(error.errno, error.strerror) from error
        self._rested = False
        return accepted

    def _rest(self, error: OSError) -> None:
        if not self._rested:
            logger.warning("no connection can be accepted for the moment: %s", error.strerror)
        self._rested = True
        loop = IOLoop.current()
        loop.update_handler(self, 0)
        loop.call_later(REST_SECONDS, self._go_on, loop)

    def _go_on(self, loop: IOLoop) -> None:
        if self.fileno() != -1:
            loop.update_handler(self, IOLoop.READ)
