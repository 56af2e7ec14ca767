"""Fetching a file from a URL that a tenant gave, as if it were out to do harm.

Nothing is kept between two fetches: no cookie, no connection, no proxy of the environment, no
password. The answer streams, at the pace of whoever writes it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager

import httpcore

from media.answers import header, take, told_as_ours
from media.errors import (
    MediaTooLarge,
    MediaUrlCompressed,
    MediaUrlRedirects,
    MediaUrlRefused,
    MediaUrlTooSlow,
)
from media.file_names import name_of_answer
from media.network import CheckedNetwork, Resolver, look_up
from media.policy import Policy
from media.targets import Target, parse_target, redirected
from media.threads import on_thread

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
#: Of every request, besides its host: nothing of the tenant's or ours.
_HEADERS = (
    ("Accept", "*/*"),
    ("Accept-Encoding", "identity"),
    ("Connection", "close"),
    ("User-Agent", "VendeAI"),
)
#: Threads that look names up. Each may hang for as long as the system's resolver does.
_LOOK_UPS = 8
#: Threads that write.
_WRITERS = 4


class Fetcher:
    """On the event loop. `resolve`, `tls`: the system's unless given."""

    def __init__(
        self,
        policy: Policy,
        resolve: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._policy = policy
        self._tls = tls
        # Of their own: whoever else needs a thread must not wait for names that hang.
        self._look_ups = ThreadPoolExecutor(_LOOK_UPS, "media-names")
        self._writers = ThreadPoolExecutor(_WRITERS, "media-writer")
        self._network = CheckedNetwork(resolve or self._look_up, policy.networks)

    def close(self) -> None:
        """Fetch no more; threads that hang are left to themselves."""
        for threads in (self._look_ups, self._writers):
            threads.shutdown(wait=False, cancel_futures=True)

    async def fetch(self, url: str, write: Callable[[bytes], object], limit: int) -> str:
        """Hand the bytes over, at most `limit`, in order; answers the file's name, "" for none.

        `write` is called on a thread, one call at a time, and never again once this has ended,
        however it ends; what it raises ends it. Raises MediaTooLarge, MediaUrl….
        """
        try:
            async with asyncio.timeout(self._policy.patience.total):
                return await self._follow(parse_target(url, self._policy.ports), write, limit)
        except TimeoutError:
            raise MediaUrlTooSlow from None

    async def _follow(self, target: Target, write: Callable[[bytes], object], limit: int) -> str:
        for _ in range(self._policy.redirects + 1):
            async with self._asked(target) as response:
                location = header(response, b"location")
                if response.status not in _REDIRECTS or location is None:
                    _refuse(response, limit)
                    await take(response, self._writers, write, limit, self._policy.patience)
                    return name_of_answer(header(response, b"content-disposition"), target.url)
            target = redirected(target, location, self._policy.ports)
        raise MediaUrlRedirects(limit=self._policy.redirects)

    @asynccontextmanager
    async def _asked(self, target: Target) -> AsyncIterator[httpcore.Response]:
        """The answer's headers, its body to come. httpcore's errors leave as ours."""
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        headers = [("Host", target.authority), *_HEADERS]
        waits = self._policy.patience
        timeout = {"connect": waits.connect, "read": waits.answer, "write": waits.answer}
        with told_as_ours():
            async with (
                httpcore.AsyncConnectionPool(
                    ssl_context=await self._context(), network_backend=self._network
                ) as pool,
                AsyncExitStack() as exits,
            ):
                asking = pool.stream("GET", url, headers=headers, extensions={"timeout": timeout})
                async with asyncio.timeout(2 * waits.connect + waits.answer):
                    answer = await exits.enter_async_context(asking)
                yield answer

    async def _context(self) -> ssl.SSLContext:
        """Made at the first need, on a thread: it reads the certificates of all authorities."""
        if self._tls is None:
            self._tls = await on_thread(self._writers, httpcore.default_ssl_context)
        return self._tls

    async def _look_up(self, host: str, port: int) -> list[str]:
        # Not waited for when cancelled: it may hang for long, and nobody needs its answer.
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._look_ups, look_up, host, port)


def _refuse(response: httpcore.Response, limit: int) -> None:
    """Refuse what the headers say already. Raises MediaUrl…, MediaTooLarge."""
    if response.status != _OK:
        raise MediaUrlRefused(status=response.status)
    if (header(response, b"content-encoding") or "identity").strip().lower() != "identity":
        raise MediaUrlCompressed
    length = header(response, b"content-length")
    if length is not None and length.isdecimal() and int(length) > limit:
        raise MediaTooLarge(limit=limit)
