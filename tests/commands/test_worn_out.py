"""A server in which too many threads hang for good begins anew."""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from commands.serve import WORN_OUT
from tests.commands.program import DEADLINE, ROOT, running

#: The server, with a reader that hangs for as long as there is a certain file, and is given up
#: soon; one lost thread is too many.
HANGING = """
import sys, threading
from pathlib import Path
sys.path.insert(0, {root!r})
from actors import watchdog
from actors.reader import ReaderActor
watchdog.MOST_ABANDONED = 0
receive = ReaderActor.receive
def hang(self, message):
    while Path("{folder}/hanging").exists():
        threading.Event().wait(3600)
    return receive(self, message)
ReaderActor.receive = hang
ReaderActor.hang_seconds = 0.5
if __name__ == "__main__":
    from commands import serve
    sys.exit(serve.run())
"""


@pytest.fixture(name="program")
def _program(tmp_path: Path) -> list[str]:
    program = tmp_path / "program.py"
    program.write_text(HANGING.format(root=str(ROOT), folder=tmp_path))
    return [sys.executable, str(program)]


def test_it_goes_on_as_the_same_process(tmp_path: Path, program: list[str]) -> None:
    hanging = tmp_path / "hanging"
    with running(program, tmp_path) as server:
        server.until_ready()
        server.post("/api/bot/connect/5")
        hanging.touch()
        with suppress(httpx.TransportError):
            server.get("/api/empresas/5/events")
        server.until_said("the server begins anew")
        hanging.unlink()
        server.until_ready()
        assert server.get("/api/bot/status/5").status_code == 200
    assert server.process.returncode == 0


def test_under_a_service_manager_it_ends_and_leaves_the_start_to_that(
    tmp_path: Path, program: list[str]
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        with running(program, tmp_path, NOTIFY_SOCKET=str(tmp_path / "notify")) as server:
            server.until_ready()
            server.post("/api/bot/connect/5")
            (tmp_path / "hanging").touch()
            with suppress(httpx.TransportError):
                server.get("/api/empresas/5/events")
            assert server.process.wait(DEADLINE) == WORN_OUT
