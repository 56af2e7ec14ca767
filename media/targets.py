"""A URL that a tenant gave, taken apart once: what is checked is what is asked for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from media.errors import MediaUrlInvalid

#: Characters; browsers and servers take no longer ones.
MAX_URL = 4096
WEB_PORTS = frozenset({80, 443})

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
#: Characters that parsers disagree about: what one takes for a host, another takes for a path.
_AMBIGUOUS = re.compile(r"[\x00-\x20\x7f\\]")
#: What stays as it is in a path or query; everything else, also a space, is percent-encoded.
_SAFE = "/%:@!$&'()*+,;=?~-._[]"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to, and what to ask for."""

    scheme: str
    host: str
    """ASCII, lower case; an IPv6 address without its brackets."""
    port: int
    path: str
    """With the query; ASCII."""

    @property
    def authority(self) -> str:
        """As in the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole; it may hold a password: never logged."""
        return f"{self.scheme}://{self.authority}{self.path}"


def parse_target(url: str, ports: Container[int] = WEB_PORTS) -> Target:
    """What a URL says. Raises MediaUrlInvalid."""
    url = url.strip(" ")
    if len(url) > MAX_URL:
        raise MediaUrlInvalid
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MediaUrlInvalid from None
    if _AMBIGUOUS.search(parts.netloc) or _AMBIGUOUS.search(url.replace(" ", "")):
        raise MediaUrlInvalid
    if parts.scheme not in _DEFAULT_PORTS or "@" in parts.netloc:
        raise MediaUrlInvalid
    port = _DEFAULT_PORTS[parts.scheme] if port is None else port
    if port not in ports:
        raise MediaUrlInvalid
    return Target(parts.scheme, _host(parts), port, _path(parts.path, parts.query))


def redirected(target: Target, location: str, ports: Container[int] = WEB_PORTS) -> Target:
    """Where a `Location` leads from there. Raises MediaUrlInvalid."""
    try:
        return parse_target(urljoin(target.url, location.strip(" ")), ports)
    except ValueError:
        raise MediaUrlInvalid from None


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    if parts.netloc.startswith("["):
        return _ipv6(name)
    try:
        host = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise MediaUrlInvalid from None
    if not _HOST.fullmatch(host):
        raise MediaUrlInvalid
    return host.removesuffix(".")


def _ipv6(text: str) -> str:
    """Without a scope: that is of this machine's networks."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise MediaUrlInvalid from None
    if address.scope_id is not None:
        raise MediaUrlInvalid
    return str(address)


def _path(path: str, query: str) -> str:
    path = quote(path or "/", safe=_SAFE.replace("?", ""))
    return f"{path}?{quote(query, safe=_SAFE)}" if query else path
