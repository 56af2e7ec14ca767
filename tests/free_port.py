"""A port for a program that must be told one."""

from __future__ import annotations

import os
import random
import socket
from contextlib import suppress

#: The processes that the tests are shared out to, at most: no two of them have a port in common.
_MOST_PROCESSES = 16
_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
#: Below those that the system gives to connections and to whoever asks for any.
_PORTS = list(range(10_000 + _PROCESS % _MOST_PROCESSES, 32_000, _MOST_PROCESSES))
random.shuffle(_PORTS)


def free_port() -> int:
    """One on which nobody listens, and which nobody here is given again."""
    while _PORTS:
        port = _PORTS.pop()
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")
