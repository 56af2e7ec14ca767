"""The way in: an HTTP proxy behind whose CONNECT every host is this simulator, over TLS."""

import asyncio
import socket
import ssl
import struct
from typing import TYPE_CHECKING

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError, UnsatisfiableReadError
from tornado.tcpserver import TCPServer
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from simulator.connection import Connection

if TYPE_CHECKING:
    from simulator.server import Server

MAX_REQUEST = 8192
OPENING_SECONDS = 20.0
#: Connections that may wait to be taken in, when a thousand clients come at once.
BACKLOG = 1024


class Gate(TCPServer):
    """The proxy's TCP server. What a client asks CONNECT for is not looked at: all is here."""

    def __init__(self, server: "Server", tls: ssl.SSLContext) -> None:
        super().__init__()
        self._server = server
        self._tls = tls
        routes = [(r"/ws/chat", ChatSocket, {"server": server})]
        self._websites = HTTPServer(tornado.web.Application(routes, log_function=_unlogged))

    async def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Answer CONNECT, then speak TLS and HTTP on the same connection."""
        if self._server.faults.refuse:
            stream.close()
            return
        stream.set_nodelay(True)
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                secure = await self._open(stream)
        except (StreamClosedError, UnsatisfiableReadError, ssl.SSLError, OSError, TimeoutError):
            stream.close()
            return
        if secure:
            self._websites.handle_stream(secure, address)

    async def _open(self, stream: IOStream) -> SSLIOStream | None:
        request = await stream.read_until(b"\r\n\r\n", max_bytes=MAX_REQUEST)
        if not request.startswith(b"CONNECT "):
            await stream.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            stream.close()
            return None
        await stream.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return await stream.start_tls(server_side=True, ssl_options=self._tls)


def _unlogged(_handler: tornado.web.RequestHandler) -> None:
    """Say nothing of a request: the connection has its own words."""


class ChatSocket(WebSocketHandler):
    """The websocket on which a client speaks WhatsApp's protocol."""

    _stream: SSLIOStream | None = None
    _connection: Connection | None = None

    def initialize(self, server: "Server") -> None:
        """Take what the route hands over."""
        self._server = server

    def open(self, *_: str, **__: str) -> None:
        """Begin a connection."""
        # Tornado has switched it off with the request's end: stanzas would wait for one another.
        self.set_nodelay(True)
        # The request's connection gives its stream away when the websocket takes over.
        stream = getattr(self.ws_connection, "stream", None)
        self._stream = stream if isinstance(stream, SSLIOStream) else None
        self._connection = Connection(self._server, self)

    def on_message(self, message: str | bytes) -> None:
        """Hand over what the client sends; text has no place here."""
        if self._connection is None or isinstance(message, str):
            self.close()
        else:
            self._connection.receive(message)

    def on_close(self) -> None:
        """End the connection."""
        if self._connection:
            self._connection.closed()

    def send(self, data: bytes) -> None:
        """Send bytes as one message, unless the client has gone."""
        try:
            written = self.write_message(data, binary=True)
        except WebSocketClosedError:
            return
        # A client that goes while it is written to is no error, but must be looked at.
        written.add_done_callback(asyncio.Future.exception)

    def abort(self, *, reset: bool) -> None:
        """End the TCP connection at once, with RST or with FIN, without the websocket's goodbye."""
        if self._stream is None or self._stream.closed():
            return
        if reset:
            linger = struct.pack("ii", 1, 0)
            self._stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._stream.close()
