"""What a server answers over HTTP, read at its pace, and what goes wrong with it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Executor
from contextlib import aclosing, contextmanager
from typing import cast

import httpcore

from media.errors import MediaTooLarge, MediaUrlBroken, MediaUrlTooSlow, MediaUrlUnreachable
from media.policy import Patience
from media.threads import on_thread


async def take(
    response: httpcore.Response,
    writers: Executor,
    write: Callable[[bytes], object],
    limit: int,
    waits: Patience,
) -> None:
    """Hand the body over, at most `limit` bytes; `write` is called on a thread of the writers'.

    Raises MediaTooLarge, MediaUrlTooSlow, and what `write` does.
    """
    now = asyncio.get_running_loop().time
    since, received = now(), 0
    stream = cast("AsyncGenerator[bytes, None]", response.aiter_stream())
    async with aclosing(stream) as chunks:
        async for chunk in chunks:
            received += len(chunk)
            if received > limit:
                raise MediaTooLarge(limit=limit)
            waited = now() - since
            if waited > waits.grace and received < waited * waits.pace:
                raise MediaUrlTooSlow
            handed_over = now()
            await on_thread(writers, write, chunk)
            since += now() - handed_over  # our own disk's time is not the site's


def header(response: httpcore.Response, wanted: bytes) -> str | None:
    """The first header of that name, which is in lower case."""
    for name, value in response.headers:
        if name.lower() == wanted:
            try:
                return value.decode()
            except UnicodeDecodeError:
                return value.decode("latin-1")
    return None


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Within, httpcore's errors leave as ours."""
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout):
        # The connection itself fails in `CheckedNetwork`: this is of what comes on top of it.
        raise MediaUrlUnreachable(reason="tls") from None
    except httpcore.TimeoutException:
        raise MediaUrlTooSlow from None
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError):
        raise MediaUrlBroken from None
