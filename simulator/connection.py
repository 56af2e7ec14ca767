"""One client's connection: frames in and out, the handshake, then stanzas."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from simulator import binary, login, stages
from simulator.frames import FrameReader, framed
from simulator.nodes import SERVER, Attrs, Jid, MalformedError, Node, node
from simulator.noise import NoiseError, Responder, Transport
from simulator.protobufs import HandshakeMessage

if TYPE_CHECKING:
    from simulator.candidate import Candidate
    from simulator.devices import Device
    from simulator.line import Line
    from simulator.server import Server

#: A close that overtakes the last stanza makes the client take it for an outage.
LAST_STANZA_SECONDS = 0.3
HANDSHAKE_SECONDS = 20.0

log = logging.getLogger(__name__)


class Connection:
    """A client from its first byte to its end. Used on the event loop only."""

    device: "Device | None" = None
    """Who it is, once logged in."""
    candidate: "Candidate | None" = None
    """What it has registered, if it wants to be linked."""
    live = False
    """Whether it is logged in and has received its queue: stanzas go out at once."""
    available = False
    """Whether the client has sent presence available: without that nobody tells it who types."""

    def __init__(self, server: "Server", line: "Line") -> None:
        self.server = server
        self.line = line
        self.followed: dict[str, Jid] = {}
        """Of whose presence the client wants to hear: numbers, with the address that it used."""
        self._frames = FrameReader(prologue=True)
        self._responder: Responder | None = None
        self._transport: Transport | None = None
        self._ended = False
        self._requests: dict[str, asyncio.Future[Node]] = {}
        self._timers: set[asyncio.TimerHandle] = set()
        self._hurry = self.later(HANDSHAKE_SECONDS, self.close)
        server.connections.add(self)

    def receive(self, data: bytes) -> None:
        """Take the next bytes from the client."""
        if self._ended:
            return
        try:
            for frame in self._frames.feed(data):
                self._receive_frame(frame)
        except MalformedError as error:
            self._break_off("malformed", error)
        except NoiseError as error:
            self._break_off("noise", error)

    def send(self, stanza: Node) -> None:
        """Send a stanza; it is dropped if the connection has ended."""
        if self._transport and not self._ended:
            self.server.stats.stanzas_out += 1
            self.line.send(framed(self._transport.sending.encrypt(binary.encode(stanza))))

    async def request(self, content: Node) -> Node:
        """Send an iq with one child and return the client's result or error.

        Raise ConnectionError if the connection ends before that.
        """
        if self._ended:
            raise ConnectionError("the client has hung up")
        number = self.ask(content)
        self._requests[number] = asyncio.get_running_loop().create_future()
        try:
            return await self._requests[number]
        finally:
            del self._requests[number]

    def ask(self, content: Node) -> str:
        """Send an iq with one child without waiting for the answer; return its id."""
        number = secrets.token_hex(4)
        now = int(time.time())
        attrs: Attrs = {"from": SERVER, "type": "set", "id": number, "xmlns": "md", "t": now}
        self.send(node("iq", attrs, [content]))
        return number

    def answered(self, response: Node) -> None:
        """Hand a result or error to the request that waits for it."""
        future = self._requests.get(response.text("id"))
        if future and not future.done():
            future.set_result(response)

    def later(self, seconds: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something after a time, unless the connection has closed by then."""
        handle = asyncio.get_running_loop().call_later(seconds, action)
        self._timers.add(handle)
        return handle

    def end(self, last: Node) -> None:
        """Send a last stanza and close when the client has had time to read it."""
        self.send(last)
        self._ended = True
        self.live = False
        self.later(LAST_STANZA_SECONDS, self.line.close)

    def close(self) -> None:
        """Close without a word."""
        self._ended = True
        self.line.close()

    def abort(self, *, reset: bool) -> None:
        """Break the TCP connection, with RST or with FIN."""
        self._ended = True
        self.line.abort(reset=reset)

    def closed(self) -> None:
        """Take note that the socket is gone."""
        self._ended = True
        self.live = False
        for timer in self._timers:
            timer.cancel()
        for future in self._requests.values():
            if not future.done():
                future.set_exception(ConnectionError("the client has hung up"))
        self.server.connections.remove(self)

    def _receive_frame(self, frame: bytes) -> None:
        if self._transport:
            stanza = binary.decode(self._transport.receiving.decrypt(frame))
            self.server.stats.stanzas_in += 1
            self.server.router.route(self, stanza)
            return
        try:
            message = HandshakeMessage.FromString(frame)
        except DecodeError as error:
            raise MalformedError("a handshake message that is no protobuf") from error
        if self._responder is None:
            self._greet(message.clientHello.ephemeral)
        else:
            self._finish(self._responder, message.clientFinish)

    def _greet(self, ephemeral: bytes) -> None:
        stages.reach(self.server.faults, self.line, "hello")
        keys = self.server.noise
        self._responder = Responder(keys.static, keys.certificates)
        hello = self._responder.answer(ephemeral)
        message = HandshakeMessage()
        message.serverHello.ephemeral = hello.ephemeral
        message.serverHello.static = hello.static
        message.serverHello.payload = hello.payload
        self.line.send(framed(message.SerializeToString()))

    def _finish(self, responder: Responder, message: HandshakeMessage.ClientFinish) -> None:
        noise_key, payload, self._transport = responder.finish(message.static, message.payload)
        self._hurry.cancel()
        try:
            login.admit(self, noise_key, payload)
        except login.NotAdmittedError as error:
            self.server.refusals.count(error.kind)
            self.end(node("failure", {"reason": error.reason, **error.more}))

    def _break_off(self, kind: str, error: Exception) -> None:
        log.warning("%s: %s", kind, error)
        self.server.refusals.count(kind)
        self.end(node("stream:error", None, [node("xml-not-well-formed")]))
