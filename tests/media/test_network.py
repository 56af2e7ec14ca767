from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Iterable, Sequence

import httpcore
import pytest

from media import errors
from media.network import MAX_ADDRESSES, CheckedNetwork, Resolver, look_up


class Dialled(httpcore.AsyncMockBackend):
    """Notes every address that is dialled; those in `dead` do not answer."""

    def __init__(self, dead: Iterable[str] = ()) -> None:
        super().__init__([])
        self.addresses: list[str] = []
        self._dead = set(dead)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.addresses.append(host)
        if host in self._dead:
            raise httpcore.ConnectError
        return await super().connect_tcp(host, port, timeout, local_address, socket_options)


def resolver(*answers: Sequence[str]) -> Resolver:
    """Gives each answer once, in turn: what a name leads to changes between two questions."""
    left = iter(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return next(left)

    return resolve


def connect(resolve: Resolver, dialled: Dialled, *networks: str) -> None:
    network = CheckedNetwork(resolve, map(ipaddress.ip_network, networks), dialled)
    asyncio.run(_connect(network))


async def _connect(network: CheckedNetwork) -> None:
    stream = await network.connect_tcp("a.example", 443, timeout=1.0)
    await stream.aclose()


def test_the_address_that_was_checked_is_dialled_and_the_name_is_not_asked_again() -> None:
    dialled = Dialled()
    connect(resolver(["8.8.8.8"], ["127.0.0.1"]), dialled)
    assert dialled.addresses == ["8.8.8.8"]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0"],
)
def test_one_address_that_is_inside_spoils_all_of_a_host(address: str) -> None:
    dialled = Dialled()
    for addresses in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        with pytest.raises(errors.MediaUrlUnsafe):
            connect(resolver(addresses), dialled)
    assert dialled.addresses == []


def test_a_network_that_the_operator_opens_is_dialled() -> None:
    dialled = Dialled()
    connect(resolver(["10.0.0.1"]), dialled, "10.0.0.0/24")
    assert dialled.addresses == ["10.0.0.1"]


def test_the_next_address_is_dialled_where_one_does_not_answer_ipv4_first() -> None:
    dialled = Dialled(dead=["8.8.8.8", "8.8.4.4"])
    connect(resolver(["2606:4700::1", "8.8.8.8", "8.8.4.4", "8.8.8.8"]), dialled)
    assert dialled.addresses == ["8.8.8.8", "8.8.4.4", "2606:4700::1"]


def test_a_host_of_which_no_address_answers_is_unreachable_after_a_few() -> None:
    addresses = [f"8.8.8.{number}" for number in range(20)]
    dialled = Dialled(dead=addresses)
    with pytest.raises(errors.MediaUrlUnreachable) as caught:
        connect(resolver(addresses), dialled)
    assert caught.value.fields == {"reason": "connect"}
    assert len(dialled.addresses) == MAX_ADDRESSES


@pytest.mark.parametrize("answer", [[], ["no address"]])
def test_a_name_without_addresses_is_unreachable(answer: Sequence[str]) -> None:
    with pytest.raises(errors.MediaUrlUnreachable) as caught:
        connect(resolver(answer), Dialled())
    assert caught.value.fields == {"reason": "dns"}


def test_a_name_that_the_resolver_does_not_know_is_unreachable() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(errors.MediaUrlUnreachable) as caught:
        connect(resolve, Dialled())
    assert caught.value.fields == {"reason": "dns"}


def test_a_resolver_that_hangs_is_given_up() -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    network = CheckedNetwork(resolve, [], Dialled())
    with pytest.raises(errors.MediaUrlUnreachable) as caught:
        asyncio.run(network.connect_tcp("a.example", 443, timeout=0.05))
    assert caught.value.fields == {"reason": "dns"}


@pytest.mark.parametrize("text", ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "017700000001"])
def test_every_way_to_write_loopback_is_resolved_to_it(text: str) -> None:
    assert look_up(text, 80) == ["127.0.0.1"]
