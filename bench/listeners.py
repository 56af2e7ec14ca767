"""Many WebSockets in one process that reads as fast as it can and looks at nothing.

    python -m bench.listeners URL EMPRESAS EACH OPENING FRAMES

Opens so many to each empresa, prints a line when each has had so many opening frames, and one
with the times of the first and the last when so many frames came after.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

_READ_BYTES = 1 << 18
#: Bytes of a frame's head, by its length as the head says it (RFC 6455, 5.2): else two.
_HEADS = {126: 4, 127: 10}
_TEXT, _CLOSE, _PING = 1, 8, 9
_PONG = b"\x8a\x80\0\0\0\0"


class Listener:
    """One WebSocket."""

    def __init__(self, url: str, empresa_id: int) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), 30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws?empresa_id={empresa_id} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(4096)
        assert answer.startswith(b"HTTP/1.1 101"), answer
        self._rest = answer.partition(b"\r\n\r\n")[2]
        self._left = 0
        """Bytes of the frame that is under way."""
        self.frames = self._count(b"")

    def read(self) -> int:
        """Read what is there; how many text frames began in it."""
        data = self.socket.recv(_READ_BYTES)
        assert data, "the server hung up"
        frames = self._count(data)
        self.frames += frames
        return frames

    def _count(self, data: bytes) -> int:
        data, self._rest = self._rest + data, b""
        place, size, frames = self._left, len(data), 0
        while place < size:
            length = data[place + 1] & 127 if place + 1 < size else 0
            head = _HEADS.get(length, 2)
            if place + head > size:
                self._rest, self._left = data[place:], 0
                return frames
            if head > 2:
                length = int.from_bytes(data[place + 2 : place + head], "big")
            frames += self._is_text(data[place] & 15)
            place += head + length
        self._left = place - size
        return frames

    def _is_text(self, kind: int) -> bool:
        assert kind != _CLOSE, "the server closed a connection: somebody was too slow"
        if kind == _PING:
            self.socket.sendall(_PONG)
        return kind == _TEXT


def listen(url: str, empresas: int, each: int, opening: int, frames: int) -> None:
    """Open all, and print as is said above."""
    selector = selectors.EpollSelector()
    listeners = [Listener(url, number) for number in range(1, empresas + 1) for _ in range(each)]
    for listener in listeners:
        selector.register(listener.socket, selectors.EVENT_READ, listener)
    while any(listener.frames < opening for listener in listeners):
        _read(selector)
    heard = sum(listener.frames - opening for listener in listeners)
    _say(ready=len(listeners), pid=os.getpid())
    first = 0.0
    while heard < frames:
        heard += _read(selector)
        first = first or time.monotonic()
    _say(first=first, last=time.monotonic(), frames=heard, processor=time.process_time())


def _read(selector: selectors.BaseSelector) -> int:
    return sum(key.data.read() for key, _ in selector.select())


def _say(**line: float) -> None:
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    _, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))
    listen(sys.argv[1], *(int(argument) for argument in sys.argv[2:]))
