"""Ask a server to send texts as fast as it takes them: a connection for each empresa.

    python -m bench.poster URL EMPRESAS EACH TO

Prints a line when it begins, and one when the last text was accepted, each with the monotonic time.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import islice
from urllib.parse import urlsplit

#: Requests on their way on each connection.
AHEAD = 4
_ANSWER = b"HTTP/1.1 202"


class Poster(asyncio.Protocol):
    """One empresa's connection: for each answer another text."""

    def __init__(self, requests: list[bytes]) -> None:
        self._requests = iter(requests)
        self._open = len(requests)
        self._rest = b""
        self.accepted = asyncio.get_running_loop().create_future()
        """Done with the last answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._write(AHEAD)

    def data_received(self, data: bytes) -> None:
        """Count the answers that begin in it: bodies hold no such words."""
        data = self._rest + data
        answers = data.count(_ANSWER)
        assert data.count(b"HTTP/1.1 ") == answers, data
        # A first line may be cut anywhere; what is kept is shorter than one, so none counts twice.
        self._rest = data[1 - len(_ANSWER) :]
        self._open -= answers
        self._write(answers)
        if not self._open and not self.accepted.done():
            self.accepted.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """An end before the last answer is a failure."""
        if not self.accepted.done():
            self.accepted.set_exception(exc or ConnectionError("the server hung up"))

    def _write(self, count: int) -> None:
        some = b"".join(islice(self._requests, count))
        if some:
            self._transport.write(some)


def requests_of(host: str, empresa_id: int, each: int, to: str) -> list[bytes]:
    """The texts of one empresa, no two alike."""
    made = []
    for number in range(each):
        text = f"Bom dia! O carro {number} da loja {empresa_id} está aqui."
        body = json.dumps({"to": to, "type": "text", "text": text}).encode()
        head = (
            f"POST /api/empresas/{empresa_id}/messages HTTP/1.1\r\nHost: {host}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


async def post(url: str, empresas: int, each: int, to: str) -> None:
    """Do it, and print when."""
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    made = [requests_of(parts.netloc, one, each, to) for one in range(1, empresas + 1)]
    print(json.dumps({"begun": time.monotonic()}), flush=True)
    opened = [
        await loop.create_connection(
            lambda some=some: Poster(some),  # type: ignore[misc]
            parts.hostname or "",
            parts.port or 0,
        )
        for some in made
    ]
    await asyncio.gather(*(poster.accepted for _, poster in opened))
    print(json.dumps({"accepted": time.monotonic()}), flush=True)


if __name__ == "__main__":
    asyncio.run(post(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
