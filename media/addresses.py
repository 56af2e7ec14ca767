"""Which addresses a URL that a tenant gave may lead to."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

#: The one part of IPv6 that IANA has given out as public (RFC 4291, IANA's IPv6 Address Space).
#: All that carries an IPv4 address or leads inside lies outside of it, but for the exceptions:
#: loopback, mapped and compatible addresses, NAT64, unique-local, link- and site-local, multicast.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
#: Of what `is_global` of Python 3.11 takes for public: IANA's Special-Purpose Address Registries.
_NOT_PUBLIC: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("2002::/16"),  # 6to4: an IPv4 address, whichever
    IPv6Network("3fff::/20"),  # documentation
)


def is_public(address: Address) -> bool:
    """Whether it is somebody's place in the Internet, and no network's inside."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _NOT_PUBLIC)
    )


def is_allowed(address: Address, networks: Iterable[Network]) -> bool:
    """Whether it is public, or in a network that the operator has opened."""
    return is_public(address) or any(address in network for network in networks)


def parse_address(text: str) -> Address:
    """As a resolver gives it, with or without a scope (`%eth0`). Raises ValueError."""
    return ipaddress.ip_address(text)
