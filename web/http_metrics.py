"""HTTP requests as Prometheus counts them: by route, as addresses have no end."""

from __future__ import annotations

import re
from functools import cache

from prometheus_client import Histogram

from actors.metrics import registry

#: What stands for a method, or a route, that is none of ours.
OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GROUP = re.compile(r"\([^()]*\)")

request_seconds = Histogram(
    "vendeai_http_request_seconds",
    "From a request to the end of its answer; of a WebSocket to its opening. A long poll waits.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 35),
    registry=registry,
)


def route_name(pattern: str) -> str:
    """A route as the documentation writes it: `/api/bot/status/:id`."""
    return _GROUP.sub(":id", pattern)


def count_request(method: str | None, route: str, status: int, seconds: float) -> None:
    """One was answered."""
    known = method if method in _METHODS else OTHER
    _child(known, route, status // 100).observe(seconds)


@cache
def _child(method: str, route: str, hundreds: int) -> Histogram:
    """As the library looks it up anew each time, under a lock; there are few."""
    return request_seconds.labels(method, route, f"{hundreds}xx")
