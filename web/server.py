"""The listening server: bound before anything else is started, the first to be stopped."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
from socket import socket
from typing import Any

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets

from web.actor_feed import ActorFeed
from web.command import MAX_READ
from web.patient_socket import PatientSocket
from web.underway import Underway

logger = logging.getLogger("vendeai.web")

#: Seconds that a connection may idle between requests, and that a body may take.
IDLE_SECONDS = 75
BODY_SECONDS = 30
MAX_HEADER = 16 * 1024
#: Seconds that answers under way get before their connections are closed.
ANSWER_SECONDS = 1.0
#: Share of the open files that connections leave to clients and database. Without any, whoever
#: opens connections enough keeps every empresa from being started, and `accept` fails for ever.
RESERVED_SHARE = 0.25


class PortError(Exception):
    """The address cannot be listened on; its text is one sentence that says what to do."""


def bind(host: str, port: int) -> list[socket]:
    """Take the port; connections wait until a `Server` serves them. Raises `PortError`."""
    try:
        return [PatientSocket(each) for each in bind_sockets(port, address=host)]
    except OSError as error:
        raise PortError(_why(error, host, port)) from error


class Server:
    """Serves one application on sockets that are bound. On the running event loop."""

    def __init__(self, application: tornado.web.Application, sockets: list[socket]) -> None:
        self.port: int = sockets[0].getsockname()[1]
        self._underway: Underway = application.settings["underway"]
        self._feed: ActorFeed = application.settings["feed"]
        self._http = _BoundedServer(
            application,
            idle_connection_timeout=IDLE_SECONDS,
            body_timeout=BODY_SECONDS,
            max_header_size=MAX_HEADER,
            max_body_size=MAX_READ,
        )
        self._http.add_sockets(sockets)

    def stop_accepting(self) -> None:
        """Close the listening sockets; what is open goes on."""
        self._http.stop()

    async def close(self) -> None:
        """Close every connection, after a moment for answers under way."""
        self._feed.close()
        for step in (self._underway.over, self._http.close_all_connections):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANSWER_SECONDS / 2):
                    await step()


class _BoundedServer(HTTPServer):
    """Hangs up at once on a connection for which there is no room."""

    _is_full = False

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Serve it, if there is room: the kernel gives the lowest number that is free."""
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        was_full = self._is_full
        self._is_full = stream.socket.fileno() >= most * (1 - RESERVED_SHARE)
        if not self._is_full:
            super().handle_stream(stream, address)
            return
        if not was_full:
            logger.warning("connections are refused: %d files may be open, and most are", most)
        stream.close()


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken, perhaps by a server that is running already: "
            "stop it, or set VENDEAI_PORT to another port."
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights: set VENDEAI_PORT to one above 1023."
    return f"Cannot listen on {host}, port {port} ({error.strerror}): correct VENDEAI_HOST."
