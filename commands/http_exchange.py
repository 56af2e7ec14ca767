"""One HTTP request and its answer, on the event loop; cancelled, it leaves nothing behind."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from http.client import HTTPResponse
from io import BytesIO
from socket import socket
from typing import cast
from urllib.parse import SplitResult, quote


async def exchange(
    url: SplitResult, method: str, headers: Mapping[str, str]
) -> tuple[HTTPResponse, bytes]:
    """Status, headers and body of the answer. A body is never sent.

    Follows neither proxies nor redirects. Raises `OSError` and `http.client.HTTPException`.
    """
    is_tls = url.scheme == "https"
    tls = await asyncio.to_thread(ssl.create_default_context) if is_tls else None
    port = url.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(url.hostname, port, ssl=tls)
    try:
        writer.write(_request(url, method, headers))
        received = await reader.read()
    finally:
        writer.transport.abort()
    response = HTTPResponse(cast("socket", _Received(received)), method=method)
    response.begin()
    return response, response.read()


def _request(url: SplitResult, method: str, headers: Mapping[str, str]) -> bytes:
    named = {
        "Host": url.netloc.encode("idna").decode(),
        "Connection": "close",  # the answer ends where the connection does
        "Content-Length": "0",
        **headers,
    }
    lines = [f"{method} {quote(url.path, safe='/%:')} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in named.items()]
    return "\r\n".join([*lines, "", ""]).encode()


class _Received:
    """What `HTTPResponse` takes for a socket."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._received)
