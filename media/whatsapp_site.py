"""WhatsApp's media servers, from which the files of received messages are fetched.

Not by WhatsApp's library: it follows the address that a message's sender wrote, wherever that
leads, and holds a file of any size in memory several times. A message says the path alone; the
host is always the same. Nothing of an empresa is needed: who knows a file's path may have it, and
who has its key can read it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from media.answers import header, take, told_as_ours
from media.decryption import encrypted_size
from media.errors import MediaTooLarge, MediaUrlBroken, MediaUrlTooSlow, MediaUrlUnreachable
from media.network import CheckedNetwork, look_up
from media.policy import Patience
from media.remote_file import NotReceived, RemoteFile
from media.threads import on_thread

ORIGIN = "https://mmg.whatsapp.net"
#: Bytes of the largest file that WhatsApp carries.
MOST_BYTES = 2 * 1024**3

_PATIENCE = Patience(answer=30.0, total=3600.0)
#: Those with which WhatsApp says that it does not hold a file any more.
_EXPIRED = frozenset({403, 404, 410})
_OK = 200
_PORTS = {"http": 80, "https": 443}
_HEADERS = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
    # As WhatsApp's own page does.
    ("Origin", "https://web.whatsapp.com"),
    ("Referer", "https://web.whatsapp.com/"),
)
#: The host is none that a stranger chose, and a proxy may well be inside.
_ANYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_THREADS = 4


class Box:
    """An encrypted file that is there to be read."""

    def __init__(
        self, response: httpcore.Response, size: int, threads: ThreadPoolExecutor, waits: Patience
    ) -> None:
        self.size = size
        """Bytes."""
        self._response = response
        self._threads = threads
        self._waits = waits

    async def take(self, write: Callable[[bytes], object]) -> None:
        """Hand it over, on a thread, piece by piece."""
        await take(self._response, self._threads, write, self.size, self._waits)


class WhatsappSite:
    """On the event loop. By the proxy of the environment, as WhatsApp's library goes."""

    def __init__(self, origin: str = ORIGIN, patience: Patience = _PATIENCE) -> None:
        self._origin = httpcore.URL(origin)
        self._patience = patience
        self._tls: ssl.SSLContext | None = None
        # Of its own: whoever else needs a thread must not wait for names that hang.
        self._look_ups = ThreadPoolExecutor(_THREADS, "media-whatsapp-names")
        self.threads = ThreadPoolExecutor(_THREADS, "media-whatsapp")
        """On which files are decrypted and written."""
        self._network = CheckedNetwork(self._look_up, _ANYWHERE)

    def close(self) -> None:
        """Fetch no more."""
        for threads in (self._look_ups, self.threads):
            threads.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def asked(self, file: RemoteFile) -> AsyncIterator[Box]:
        """The file's answer, to be taken within. Raises NotReceived, also for what fails within."""
        with _told_as_not_received():
            async with asyncio.timeout(self._patience.total), self._answered(file) as response:
                yield Box(response, _size_of(response, file), self.threads, self._patience)

    @asynccontextmanager
    async def _answered(self, file: RemoteFile) -> AsyncIterator[httpcore.Response]:
        url = httpcore.URL(
            scheme=self._origin.scheme,
            host=self._origin.host,
            port=self._origin.port,
            target=file.target,
        )
        waits = self._patience
        timeout = {"connect": waits.connect, "read": waits.answer, "write": waits.answer}
        host = ("Host", self._origin.host.decode())
        with told_as_ours():
            async with (
                _pool(self._origin, await self._context(), self._network) as pool,
                pool.stream(
                    "GET",
                    url,
                    headers=[host, *_HEADERS],
                    extensions={"timeout": timeout},
                ) as response,
            ):
                yield response

    async def _context(self) -> ssl.SSLContext:
        """Made at the first need, on a thread: it reads the certificates of all authorities."""
        if self._tls is None:
            self._tls = await on_thread(self.threads, httpcore.default_ssl_context)
        return self._tls

    async def _look_up(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._look_ups, look_up, host, port)


def _pool(
    origin: httpcore.URL, tls: ssl.SSLContext, network: httpcore.AsyncNetworkBackend
) -> httpcore.AsyncConnectionPool:
    proxy = getproxies().get(origin.scheme.decode())
    if proxy is None or proxy_bypass(origin.host.decode()):
        return httpcore.AsyncConnectionPool(ssl_context=tls, network_backend=network)
    url, named = _proxy(proxy)
    return httpcore.AsyncHTTPProxy(url, proxy_auth=named, ssl_context=tls, network_backend=network)


def _proxy(text: str) -> tuple[httpcore.URL, tuple[str, str] | None]:
    """Where it is, and who we are to it. Raises NotReceived."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        usual = _PORTS[parts.scheme]
        port = parts.port or usual
    except (ValueError, KeyError):
        raise NotReceived("proxy_not_supported", "later") from None
    named = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    host = parts.hostname or ""
    return httpcore.URL(scheme=parts.scheme, host=host, port=port, target="/"), named


def _size_of(response: httpcore.Response, file: RemoteFile) -> int:
    """The most bytes that it may have. Raises NotReceived for what is not the file."""
    if response.status in _EXPIRED:
        raise NotReceived("expired", "expired")
    if response.status != _OK:
        raise NotReceived(f"status_{response.status}", "later")
    most = encrypted_size(file.size or MOST_BYTES)
    length = header(response, b"content-length")
    if length is None or not length.isdecimal():
        return most
    if int(length) > most:
        raise NotReceived("damaged", "failed")
    return int(length)


@contextmanager
def _told_as_not_received() -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise NotReceived("too_slow", "later") from None
    except MediaTooLarge:
        raise NotReceived("damaged", "failed") from None
    except (MediaUrlUnreachable, MediaUrlTooSlow, MediaUrlBroken) as error:
        raise NotReceived(error.code.removeprefix("media_url_"), "later") from None
    except httpcore.ProxyError:
        raise NotReceived("proxy", "later") from None
