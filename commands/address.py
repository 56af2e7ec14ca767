"""Where a server is reached from its own machine."""

from __future__ import annotations


def local_url(host: str, port: int) -> str:
    """The URL for `VENDEAI_HOST`, which may be every address there is."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "127.0.0.1": "localhost"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
