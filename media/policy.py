"""What an operator lets tenants fetch, and how long a site may take."""

from __future__ import annotations

from dataclasses import dataclass, field

from media.addresses import Network
from media.targets import WEB_PORTS


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a site may take, in seconds."""

    connect: float = 10.0
    """For the name, the connection and TLS together."""
    answer: float = 15.0
    """From the request to the answer's headers; and between two pieces of the body."""
    total: float = 300.0
    """For everything, redirects included."""
    grace: float = 10.0
    """Of a body, in which its pace is not looked at."""
    pace: float = 16 * 1024.0
    """Bytes per second that a body must have brought on average, whenever it is looked at."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator lets tenants fetch."""

    networks: tuple[Network, ...] = ()
    """Those that are open although they are not public."""
    ports: frozenset[int] = WEB_PORTS
    redirects: int = 5
    """So many are followed."""
    patience: Patience = field(default_factory=Patience)
