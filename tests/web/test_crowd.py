"""More connections than the server may have open files."""

from __future__ import annotations

import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.served import DEADLINE, Served
from web.server import RESERVED_SHARE

#: A process of its own, as its ends of the connections are files too. It waits until it is hung
#: up on, holds all that it has, and lets go when its input ends.
CROWD = """
import resource, select, socket, sys
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) for _ in range(300)]
left = select.select([held[-1]], [], [], 10)[0]
print("hung up" if left and not held[-1].recv(1) else "served", flush=True)
sys.stdin.read()
"""
FEW_FILES = 200


@pytest.fixture
def _few_files() -> Iterator[None]:
    """As many as a small system lets a server have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("_few_files")
def test_connections_leave_files_to_the_clients_and_are_hung_up_on_beyond(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        socket.create_connection(("127.0.0.1", served.port), DEADLINE) as early,
        subprocess.Popen(
            [sys.executable, "-c", CROWD, str(served.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as crowd,
    ):
        assert crowd.stdout is not None
        assert crowd.stdout.readline() == "hung up\n"
        open_files = len(list(Path("/proc/self/fd").iterdir()))
        assert open_files < FEW_FILES * (1 - RESERVED_SHARE) + 10
        assert len(caplog.messages) == 1, "one word about all of them"
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert early.recv(15) == b"HTTP/1.1 200 OK", "who is in is served"
        crowd.communicate(timeout=DEADLINE)
    assert served.get("/healthz").status_code == 200, "and so is who comes later"
