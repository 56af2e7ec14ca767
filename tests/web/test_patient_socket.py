"""No open file is left for a connection: the server rests, and goes on when there is one."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.real.waiting import wait_until
from tests.web.served import DEADLINE, Served, serving
from web import patient_socket
from web.patient_socket import PatientSocket
from web.server import bind


@contextmanager
def no_file_left() -> Iterator[None]:
    """Of this process and the server in it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held: list[int] = []
    few = len(list(Path("/proc/self/fd").iterdir())) + 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
    try:
        # A server that has just begun still closes some: until there is none to be had again.
        wait_until(lambda: not took_any(held))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in held:
            os.close(descriptor)


def took_any(held: list[int]) -> bool:
    """Take all that are left; whether there was one."""
    before = len(held)
    with suppress(OSError):
        while True:
            held.append(os.open(os.devnull, os.O_RDONLY))
    return len(held) > before


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """By the socket: the actors miss files too, and say so."""
    return [record.message for record in caplog.records if record.name == "vendeai.web"]


def test_a_server_without_a_file_to_accept_with_rests_and_then_serves_who_waited(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []
    accept = PatientSocket.accept

    def try_to_accept(listening: PatientSocket) -> tuple[socket.socket, Any]:
        tried.append(time.monotonic())
        return accept(listening)

    monkeypatch.setattr(PatientSocket, "accept", try_to_accept)
    monkeypatch.setattr(patient_socket, "REST_SECONDS", 0.2)
    with socket.socket() as waiting:
        waiting.settimeout(DEADLINE)
        with no_file_left():
            waiting.connect(("127.0.0.1", served.port))
            waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_until(lambda: len(tried) > 3)
            assert tried[3] - tried[0] > 0.5, "it does not spin"
            assert len(said(caplog)) == 1, "one word about it, however long it lasts"
        assert waiting.recv(15) == b"HTTP/1.1 200 OK"
    assert served.get("/healthz").status_code == 200


def test_a_server_that_rests_can_be_stopped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(tmp_path) as served, socket.socket() as waiting, no_file_left():
        waiting.connect(("127.0.0.1", served.port))
        wait_until(lambda: said(caplog))
    assert len(said(caplog)) == 1


def test_another_fault_is_not_taken_for_a_shortage() -> None:
    (listening,) = bind("127.0.0.1", 0)
    listening.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        listening.accept()
