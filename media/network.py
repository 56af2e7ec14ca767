"""The one way to a connection: the address that was checked is the address that is dialled.

httpcore asks its network backend for every connection, by name and port. This one resolves the
name once, checks every address that the answer has, and hands on the addresses themselves: a name
that resolves to something else a moment later (DNS rebinding) changes nothing. TLS goes on top of
that connection, with the name, and never sees an address.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import TypeAlias

import httpcore

from media.addresses import Address, Network, is_allowed, parse_address
from media.errors import MediaUrlUnreachable, MediaUrlUnsafe

#: The addresses of a host, as texts; raises OSError where there are none.
Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]

#: Of one host, at most so many addresses are tried.
MAX_ADDRESSES = 4


def look_up(host: str, port: int) -> list[str]:
    """What the system's resolver says; blocks, for up to half a minute. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """For httpcore, on the event loop. `networks`: those that are open although not public."""

    def __init__(
        self,
        resolve: Resolver,
        networks: Iterable[Network],
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._resolve = resolve
        self._networks = tuple(networks)
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers; `timeout` is of all, and the name.

        Raises MediaUrlUnsafe if any address of the host is, MediaUrlUnreachable.
        """
        reason = "dns"
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                addresses = await self._checked(host, port)
                reason = "connect"
                each = timeout and timeout / len(addresses)
                for address in addresses:
                    with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                        return await self._inner.connect_tcp(
                            str(address), port, each, local_address, socket_options
                        )
        raise MediaUrlUnreachable(reason=reason)

    async def _checked(self, host: str, port: int) -> list[Address]:
        """In the resolver's order, but IPv4 first: a host often has IPv6 that leads nowhere."""
        try:
            texts = await self._resolve(host, port)
            found = list(dict.fromkeys(parse_address(text) for text in texts))
        except (OSError, ValueError):
            raise MediaUrlUnreachable(reason="dns") from None
        if not found:
            raise MediaUrlUnreachable(reason="dns")
        if not all(is_allowed(address, self._networks) for address in found):
            raise MediaUrlUnsafe
        return sorted(found, key=lambda address: address.version)[:MAX_ADDRESSES]
