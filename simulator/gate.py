"""The way in: an HTTP proxy behind whose CONNECT every host is this simulator, over TLS."""

import asyncio
import base64
import binascii
import re
import ssl
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import tornado.web
from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, SSLIOStream, StreamClosedError, UnsatisfiableReadError
from tornado.tcpserver import TCPServer
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from simulator import media_site, stages
from simulator.connection import Connection
from simulator.line import Line

if TYPE_CHECKING:
    from simulator.server import Server

MAX_REQUEST = 8192
OPENING_SECONDS = 20.0
#: Connections that may wait to be taken in, when a thousand clients come at once.
BACKLOG = 1024
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
NOT_ALLOWED = b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n"
CREDENTIALS = re.compile(rb"\r\nProxy-Authorization: Basic (\S+)\r\n", re.IGNORECASE)
Lines = WeakKeyDictionary[IOStream, Line]


class Gate(TCPServer):
    """The proxy's TCP server. What a client asks CONNECT for is not looked at: all is here."""

    def __init__(self, server: "Server", tls: ssl.SSLContext) -> None:
        super().__init__()
        self._server = server
        self._tls = tls
        self._lines: Lines = WeakKeyDictionary()
        handed = {"server": server, "lines": self._lines}
        websites = [(r"/ws/chat", ChatSocket), *media_site.ROUTES]
        routes = [(path, handler, handed) for path, handler in websites]
        self._websites = HTTPServer(tornado.web.Application(routes, log_function=_unlogged))

    async def handle_stream(self, stream: IOStream, address: tuple[str, int]) -> None:
        """Answer CONNECT, then speak TLS and HTTP on the same connection."""
        line = Line()
        line.stream = stream
        stream.set_nodelay(True)
        try:
            secure = await self._open(stream, line)
        except (StreamClosedError, UnsatisfiableReadError, ssl.SSLError, OSError, TimeoutError):
            stream.close()
            return
        if secure:
            line.stream = secure
            self._lines[secure] = line
            self._websites.handle_stream(secure, address)

    async def _open(self, stream: IOStream, line: Line) -> SSLIOStream | None:
        async with asyncio.timeout(OPENING_SECONDS):
            request = await stream.read_until(b"\r\n\r\n", max_bytes=MAX_REQUEST)
        line.number = _named(request)
        await self._reach(line, "connect")
        refused = self._server.faults.strike("refuse", line.number)
        if refused or not request.startswith(b"CONNECT "):
            await stream.write(BAD_GATEWAY if refused else NOT_ALLOWED)
            stream.close()
            return None
        await stream.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        # What comes next is for TLS: an idle stream would read it, and could not hand it on.
        IOLoop.current().remove_handler(stream.socket)
        await self._reach(line, "tls")
        async with asyncio.timeout(OPENING_SECONDS):
            return await stream.start_tls(server_side=True, ssl_options=self._tls)

    async def _reach(self, line: Line, stage: str) -> None:
        stages.reach(self._server.faults, line, stage)
        await line.may_speak()


def _named(request: bytes) -> str | None:
    """Return the number that a client's proxy URL gives as user, digits only."""
    found = CREDENTIALS.search(request)
    if found is None:
        return None
    try:
        user, _, _ = base64.b64decode(found[1]).partition(b":")
    except binascii.Error:
        return None
    return user.decode(errors="replace").lstrip("+") or None


def _unlogged(_handler: tornado.web.RequestHandler) -> None:
    """Say nothing of a request: the connection has its own words."""


class ChatSocket(WebSocketHandler):
    """The websocket on which a client speaks WhatsApp's protocol."""

    _connection: Connection | None = None

    def initialize(self, server: "Server", lines: Lines) -> None:
        """Take what the route hands over."""
        self._server = server
        self._lines = lines

    async def prepare(self) -> None:
        """Find the line, and wait if it is not to be upgraded now."""
        connection = self.request.connection
        if not isinstance(connection, HTTP1Connection):
            raise tornado.web.HTTPError(400)
        self._line = self._lines[connection.stream]
        stages.reach(self._server.faults, self._line, "upgrade")
        try:
            await self._line.may_speak()
        except ConnectionError as error:
            raise tornado.web.Finish from error

    def open(self, *_: str, **__: str) -> None:
        """Begin a connection."""
        # Tornado has switched it off with the request's end: stanzas would wait for one another.
        self.set_nodelay(True)
        self._line.carry(self)
        self._connection = Connection(self._server, self._line)

    def on_message(self, message: str | bytes) -> None:
        """Hand over what the client sends; text has no place here."""
        if self._connection is None or isinstance(message, str):
            self.close()
        else:
            self._line.receive(message, self._connection.receive)

    def on_close(self) -> None:
        """End the connection."""
        self._line.closed()
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
