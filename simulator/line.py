"""One client's line: a TCP connection from its first byte to its end, and what is done to it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Protocol

from tornado.iostream import IOStream

from simulator.deafness import deafen, hear
from simulator.pipe import Lateness, Pipe

#: TCP_CLOSE and TCP_CLOSE_WAIT of the kernel's `tcp_states.h`.
ENDED_STATES = (7, 8)
#: How often a line that is held is looked at.
LOOK_SECONDS = 0.5


class Socket(Protocol):
    """What a line needs of the websocket on it."""

    def send(self, data: bytes) -> None:
        """Send bytes as one message."""

    def close(self) -> None:
        """Close as the protocol says."""


class Line:
    """The way to a client and back. Used on the event loop only.

    At first only the TCP connection is there; `carry` puts the websocket on it.
    """

    stream: IOStream | None = None
    """The TCP connection, or TLS on it; None at a line without a wire."""
    number: str | None = None
    """Whose line it is: named in the proxy's URL, or known since the login."""

    def __init__(self) -> None:
        self._socket: Socket | None = None
        self._out, self._in = Pipe(), Pipe()
        self._silences = 0
        self._cuts = 0
        self._open = asyncio.Event()
        self._open.set()

    def carry(self, websocket: Socket) -> None:
        """Take the websocket that the connection has become."""
        self._socket = websocket

    def send(self, data: bytes) -> None:
        """Send bytes to the client as one message."""
        if self._socket:
            websocket = self._socket
            self._out.put(lambda: websocket.send(data))

    def receive(self, data: bytes, taker: Callable[[bytes], None]) -> None:
        """Hand on what came from the client."""
        self._in.put(lambda: taker(data))

    def close(self) -> None:
        """Close as the protocol says, after all that was sent before."""
        if self._socket:
            self._out.put(self._socket.close)

    def abort(self, *, reset: bool) -> None:
        """End the TCP connection at once, with RST or with FIN, and without a goodbye."""
        if self.stream is None or self.stream.closed():
            return
        if reset:
            linger = struct.pack("ii", 1, 0)
            self.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.stream.close()

    def closed(self) -> None:
        """Take note that the connection is gone."""
        self._out.empty()
        self._in.empty()

    def hold(self) -> None:
        """Say nothing more, however much is heard, until `release`."""
        self._silences += 1
        self._out.hold()
        self._open.clear()

    def release(self) -> None:
        """Say what has waited."""
        self._silences -= 1
        self._out.release()
        if not self._silences:
            self._open.set()

    def cut(self) -> None:
        """Let nothing through, either way, until `mend`. OSError if the kernel can't."""
        if self.stream and not self.stream.closed():
            deafen(self.stream.socket)
        self._cuts += 1
        self.hold()

    def mend(self) -> None:
        """Let everything through again; what was said meanwhile arrives late."""
        self._cuts -= 1
        if not self._cuts and self.stream and not self.stream.closed():
            hear(self.stream.socket)
        self.release()

    def slow_down(self, lateness: Lateness | None) -> None:
        """Let everything come late, both ways, or (None) no more."""
        self._out.lateness = self._in.lateness = lateness

    @property
    def is_late(self) -> bool:
        """Whether everything comes late."""
        return self._out.lateness is not None

    async def may_speak(self) -> None:
        """Wait while the line is held; raise ConnectionError if the client hangs up meanwhile."""
        while not self._open.is_set():
            if self._is_abandoned():
                raise ConnectionError("the client has hung up")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._open.wait(), LOOK_SECONDS)

    def _is_abandoned(self) -> bool:
        """Tell whether the client has ended the connection, though nobody reads what it sends."""
        if self.stream is None or self.stream.closed():
            return True
        state = self.stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
        return state[0] in ENDED_STATES
