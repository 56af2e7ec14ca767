"""A websocket through the simulator's proxy, with nothing between it and the test."""

import asyncio
import base64
import contextlib
import secrets
import socket
import ssl
import sys
from urllib.parse import urlsplit

HOST = "web.whatsapp.com"
BINARY, CLOSE = 2, 8
#: `tcpi_unacked` in the kernel's `struct tcp_info`.
UNACKED = slice(24, 28)
FIN, MASKED = 0x80, 0x80
UPGRADE = (
    "GET /ws/chat HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Origin: https://{host}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


class RawSocket:
    """One websocket. EOFError says that the other side has ended it, however it did."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def dial(cls, proxy: str, trusted: ssl.SSLContext, user: str = "") -> "RawSocket":
        """CONNECT through the proxy, check its certificate, and upgrade."""
        address = urlsplit(proxy)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(_connect(user))
            await _expect(reader, b"200")
            await writer.start_tls(trusted, server_hostname=HOST)
            key = base64.b64encode(secrets.token_bytes(16)).decode()
            writer.write(UPGRADE.format(host=HOST, key=key).encode())
            await _expect(reader, b"101")
        except BaseException:
            writer.transport.abort()
            raise
        return cls(reader, writer)

    def send(self, data: bytes) -> None:
        """Send one binary message; a mask of zeros leaves it readable."""
        length = len(data)
        head = bytes([FIN | BINARY])
        if length < 126:
            head += bytes([MASKED | length])
        elif length < 1 << 16:
            head += bytes([MASKED | 126]) + length.to_bytes(2)
        else:
            head += bytes([MASKED | 127]) + length.to_bytes(8)
        self._writer.write(head + bytes(4) + data)

    async def receive(self) -> bytes:
        """Return the next binary message."""
        while True:
            opcode, length = await self._read(2)
            if length == 126:
                length = int.from_bytes(await self._read(2))
            elif length == 127:
                length = int.from_bytes(await self._read(8))
            data = await self._read(length)
            if opcode == FIN | BINARY:
                return data
            if opcode == FIN | CLOSE:
                raise EOFError("closed")

    def unacknowledged(self) -> int:
        """Return how many segments the other side's kernel has not acknowledged."""
        tcp = self._writer.get_extra_info("socket")
        info = tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, UNACKED.stop)
        return int.from_bytes(info[UNACKED], sys.byteorder)

    def close(self) -> None:
        """Leave without a word."""
        self._writer.transport.abort()

    async def closed(self) -> None:
        """Leave, and wait until nothing of it is left."""
        self.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def _read(self, count: int) -> bytes:
        try:
            return await self._reader.readexactly(count)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError) as error:
            raise EOFError("the connection is gone") from error


def _connect(user: str) -> bytes:
    credentials = base64.b64encode(f"{user}:".encode()).decode()
    named = f"Proxy-Authorization: Basic {credentials}\r\n" if user else ""
    return f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n{named}\r\n".encode()


async def _expect(reader: asyncio.StreamReader, status: bytes) -> None:
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        raise EOFError("hung up") from error
    if answer.split(b" ")[1] != status:
        raise ConnectionRefusedError(answer.split(b"\r\n")[0].decode())
