"""Ask one URL as fast as it answers: keep-alive connections, some requests ahead on each.

    python -m bench.asker URL SECONDS

Prints the answers a second, and how much of a core the asking takes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

CONNECTIONS = 8
#: Requests on their way on each connection.
AHEAD = 8
_ANSWER = b"HTTP/1.1 200"


class Asker(asyncio.Protocol):
    """One connection: for each answer another request."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._rest = b""
        self.answers = 0
        self.first = b""
        """What came first."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request * AHEAD)

    def data_received(self, data: bytes) -> None:
        """Count what begins in it: bodies hold no such words."""
        self.first = self.first or data[: len(_ANSWER)]
        data = self._rest + data
        answers = data.count(_ANSWER)
        # A first line may be cut anywhere; what is kept is shorter than one, so none counts twice.
        self._rest = data[1 - len(_ANSWER) :]
        self.answers += answers
        if answers:
            self._transport.write(self._request * answers)


async def ask(url: str, seconds: float) -> dict[str, float]:
    """Do it for so long."""
    parts = urlsplit(url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: Asker(request), parts.hostname or "", parts.port or 0)
        for _ in range(CONNECTIONS)
    ]
    begun, processor = time.monotonic(), time.process_time()
    before = sum(asker.answers for _, asker in opened)
    await asyncio.sleep(seconds)
    took = time.monotonic() - begun
    answers = sum(asker.answers for _, asker in opened) - before
    assert {asker.first for _, asker in opened} == {_ANSWER}, "not every answer is 200"
    for transport, _ in opened:
        transport.abort()
    return {"rate": answers / took, "cores": (time.process_time() - processor) / took}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(ask(sys.argv[1], float(sys.argv[2])))), flush=True)
