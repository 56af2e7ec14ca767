"""More connections than the server may have open files."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections.abc import Iterator

import pytest

from tests.web.served import DEADLINE, Served
from web.server import RESERVED_SHARE


@pytest.fixture
def few_files() -> Iterator[int]:
    """As many as a small system lets a server have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
    yield few
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_leave_files_to_the_clients_and_are_hung_up_on_beyond(
    served: Served, few_files: int, caplog: pytest.LogCaptureFixture
) -> None:
    with contextlib.ExitStack() as held:
        crowd = [held.enter_context(_connection(served)) for _ in range(few_files // 3)]
        # This process holds both ends, two files a connection.
        crowd += [held.enter_context(_connection(served)) for _ in range(few_files // 9)]
        assert crowd[-1].recv(1) == b"", "hung up"
        assert len(caplog.messages) == 1, "one word about all of them"
        reserved = [held.enter_context(socket.socket()) for _ in range(10)]
        assert reserved[-1].fileno() < few_files * (1 - RESERVED_SHARE / 2)
        crowd[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert crowd[0].recv(15) == b"HTTP/1.1 200 OK", "who is in is served"
    assert served.get("/healthz").status_code == 200, "and so is who comes later"


@contextlib.contextmanager
def _connection(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", served.port), DEADLINE) as connection:
        yield connection
