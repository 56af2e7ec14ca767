from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.addresses import is_allowed, is_public, parse_address

#: From IANA's Special-Purpose Address Registries, and what leads to such addresses by another way.
FORBIDDEN = {
    "this network": "0.0.0.0/8",
    "private, 10": "10.0.0.0/8",
    "carrier-grade NAT": "100.64.0.0/10",
    "loopback": "127.0.0.0/8",
    "link-local, with the clouds' metadata": "169.254.0.0/16",
    "private, 172.16": "172.16.0.0/12",
    "protocol assignments": "192.0.0.0/24",
    "documentation 1": "192.0.2.0/24",
    "6to4 relays": "192.88.99.0/24",
    "private, 192.168": "192.168.0.0/16",
    "benchmarking": "198.18.0.0/15",
    "documentation 2": "198.51.100.0/24",
    "documentation 3": "203.0.113.0/24",
    "multicast": "224.0.0.0/4",
    "reserved, and broadcast": "240.0.0.0/4",
    "IPv4-compatible, unspecified, loopback": "::/96",
    "IPv4-mapped": "::ffff:0:0/96",
    "IPv4-translated": "::ffff:0:0:0/96",
    "NAT64": "64:ff9b::/96",
    "NAT64, local": "64:ff9b:1::/48",
    "discard": "100::/64",
    "protocol assignments, Teredo": "2001::/23",
    "documentation": "2001:db8::/32",
    "6to4": "2002::/16",
    "documentation, new": "3fff::/20",
    "segment routing": "5f00::/16",
    "unique-local": "fc00::/7",
    "link-local": "fe80::/10",
    "site-local": "fec0::/10",
    "multicast of IPv6": "ff00::/8",
}
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2804:14c::1"]


@pytest.mark.parametrize("network", FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_no_address_of_a_network_that_is_none_of_the_internet_is_public(network: str) -> None:
    forbidden = ipaddress.ip_network(network)

    @given(st.ip_addresses(network=network))
    def hold(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        assert not is_public(address)
        assert not is_allowed(address, [])

    assert not is_public(forbidden[0])
    assert not is_public(forbidden[-1])
    hold()


@pytest.mark.parametrize("text", PUBLIC)
def test_what_is_somebodys_place_in_the_internet_is_public(text: str) -> None:
    assert is_public(parse_address(text))


@given(st.ip_addresses())
def test_nothing_is_public_that_the_language_calls_private_or_special(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    assert not (special and is_public(address))


@given(st.ip_addresses(v=4))
def test_no_ipv6_form_of_an_ipv4_address_is_public(address: ipaddress.IPv4Address) -> None:
    for prefix in ("::", "::ffff:", "::ffff:0:", "64:ff9b::"):
        assert not is_public(parse_address(f"{prefix}{address}"))
    assert not is_public(ipaddress.IPv6Address(0x2002 << 112 | int(address) << 80 | 1))


def test_an_address_with_a_scope_is_inside() -> None:
    assert not is_public(parse_address("fe80::1%eth0"))
    assert not is_public(parse_address("ff02::1%2"))


def test_a_network_that_the_operator_opens_is_allowed_and_no_other() -> None:
    opened = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8")]
    assert is_allowed(parse_address("10.1.2.3"), opened)
    assert is_allowed(parse_address("fd12::1"), opened)
    assert not is_allowed(parse_address("10.2.2.3"), opened)
    assert not is_allowed(parse_address("::ffff:10.1.2.3"), opened)
    assert not is_public(parse_address("10.1.2.3"))
