"""What a service manager hears: a real socket, and the real server in a process of its own."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import psutil
import pytest

from actors.system import System
from commands import service_manager
from commands.service_manager import ServiceManager
from tests.commands.program import DEADLINE, ROOT, running

#: The server, with a registry that hangs for as long as there is a certain file, and dies of each
#: message for as long as there is another.
AILING = """
import sys, threading
from pathlib import Path
sys.path.insert(0, {root!r})
from actors.registry import RegistryActor
receive = RegistryActor.receive
def ail(self, message):
    while Path("{folder}/hanging").exists():
        threading.Event().wait(0.05)
    if Path("{folder}/dying").exists():
        raise RuntimeError("of a test")
    return receive(self, message)
RegistryActor.receive = ail
if __name__ == "__main__":
    from commands import serve
    sys.exit(serve.run())
"""


class Ear(socket.socket):
    """A service manager's end."""

    def __init__(self, address: str) -> None:
        super().__init__(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.address = address
        self.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self.settimeout(DEADLINE)

    def hears(self) -> list[str]:
        """The assignments of the next datagram."""
        return self.recv(4096).decode().split("\n")

    def hears_of(self, assignment: str) -> list[str]:
        """Those of the next datagram that has this one."""
        while assignment not in (heard := self.hears()):
            pass
        return heard

    def waiting(self) -> list[list[str]]:
        """Those of each datagram that has come and was not read."""
        self.setblocking(False)
        heard = []
        try:
            while True:
                heard.append(self.hears())
        except BlockingIOError:
            return heard
        finally:
            self.settimeout(DEADLINE)


@pytest.fixture(name="ear", params=["path", "abstract"])
def _ear(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ear]:
    name = f"@vendeai-{secrets.token_hex(8)}"
    with Ear(name if request.param == "abstract" else str(tmp_path / "notify")) as ear:
        yield ear


@pytest.fixture(name="path_ear")
def _path_ear(tmp_path: Path) -> Iterator[Ear]:
    with Ear(str(tmp_path / "notify")) as ear:
        yield ear


def test_it_hears_when_the_server_is_ready_that_it_lives_and_when_it_stops(
    ear: Ear, tmp_path: Path
) -> None:
    asked = {"NOTIFY_SOCKET": ear.address, "WATCHDOG_USEC": "500000"}
    with running("serve", tmp_path, **asked) as server:
        assert ear.hears()[0] == "READY=1"
        assert server.get("/readyz").status_code == 200, "it is what it says"
        for _ in range(3):
            heard = ear.hears_of("WATCHDOG=1")
            assert heard == ["WATCHDOG=1", "STATUS=0 of 0 empresas are connected."]
        server.post("/api/bot/connect/5")
        ear.hears_of("STATUS=0 of 1 empresas are connected.")
    assert server.process.returncode == 0
    (*_, last) = ear.waiting()
    assert last[0] == "STOPPING=1"


def test_without_a_watchdog_it_still_hears_how_the_server_is(path_ear: Ear, tmp_path: Path) -> None:
    with running("serve", tmp_path, NOTIFY_SOCKET=path_ear.address):
        assert path_ear.hears()[0] == "READY=1"
        assert "STATUS=0 of 0 empresas are connected." in path_ear.hears()


def ailing(folder: Path) -> list[str]:
    program = folder / "program.py"
    program.write_text(AILING.format(root=str(ROOT), folder=folder))
    return [sys.executable, str(program)]


def test_a_server_whose_registry_hangs_is_silent_until_it_answers_again(
    path_ear: Ear, tmp_path: Path
) -> None:
    hanging = tmp_path / "hanging"
    asked = {"NOTIFY_SOCKET": path_ear.address, "WATCHDOG_USEC": "500000"}
    with running(ailing(tmp_path), tmp_path, **asked) as server:
        path_ear.hears_of("WATCHDOG=1")
        hanging.touch()
        path_ear.waiting()
        server.until_said("root or registry does not answer")
        assert len(path_ear.waiting()) <= 1, "what was on its way, and then nothing"
        hanging.unlink()
        path_ear.hears_of("WATCHDOG=1")


def test_a_server_whose_registry_dies_lives_and_says_that_it_is_mended(
    path_ear: Ear, tmp_path: Path
) -> None:
    dying = tmp_path / "dying"
    asked = {"NOTIFY_SOCKET": path_ear.address, "WATCHDOG_USEC": "500000"}
    with running(ailing(tmp_path), tmp_path, **asked):
        path_ear.hears_of("WATCHDOG=1")
        dying.touch()
        heard = path_ear.hears_of("STATUS=The registry is being started again.")
        assert heard[0] == "WATCHDOG=1"
        dying.unlink()
        path_ear.hears_of("STATUS=0 of 0 empresas are connected.")


def test_no_worker_can_speak_to_it(path_ear: Ear, tmp_path: Path) -> None:
    asked = {"NOTIFY_SOCKET": path_ear.address, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": ""}
    with running("serve", tmp_path, **asked) as server:
        server.until_ready()
        # Workers are forked from it, and never executed.
        (forkserver,) = psutil.Process(server.process.pid).children()
        assert "VENDEAI_DATA_DIR" in forkserver.environ()
        assert not asked.keys() & forkserver.environ().keys()


def test_a_start_that_cannot_be_is_never_ready(path_ear: Ear, tmp_path: Path) -> None:
    asked = {"NOTIFY_SOCKET": path_ear.address, "VENDEAI_PORT": "http"}
    with running("serve", tmp_path, **asked) as server:
        assert server.process.wait(DEADLINE) == 2
    assert path_ear.waiting() == []


def test_a_manager_that_has_gone_does_not_disturb_the_server(tmp_path: Path) -> None:
    asked = {"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "500000"}
    with running("serve", tmp_path, **asked) as server:
        server.until_said("cannot be told WATCHDOG=1")
        assert server.get("/healthz").status_code == 200
    assert server.process.returncode == 0


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"NOTIFY_SOCKET": ""},
        {"NOTIFY_SOCKET": "vsock:2:1234", "WATCHDOG_USEC": "1000"},
        {"NOTIFY_SOCKET": "notify", "WATCHDOG_USEC": "", "WATCHDOG_PID": "x"},
    ],
)
def test_whom_it_does_not_know_how_to_reach_it_does_not_try(asked: dict[str, str]) -> None:
    environ = {"PATH": "/bin", **asked}
    ServiceManager.of(environ).tell("READY=1")
    assert environ == {"PATH": "/bin"}


@pytest.mark.parametrize(
    ("pid", "period"),
    [(None, 1.0), (os.getpid(), 1.0), (os.getpid() + 1, 30.0)],
    ids=["of nobody named", "of this process", "of another process"],
)
def test_a_watchdog_is_told_twice_in_its_time_if_it_watches_this_process(
    pid: int | None, period: float
) -> None:
    environ = {"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "2000000"}
    if pid is not None:
        environ["WATCHDOG_PID"] = str(pid)
    assert ServiceManager.of(environ).period == period


class SlowManager(ServiceManager):
    """It takes a sign of life only when `takes` is set."""

    def __init__(self) -> None:
        super().__init__("@nobody")
        self.is_told, self.takes = threading.Event(), threading.Event()
        self.heard: list[str] = []

    def tell(self, *lines: str) -> None:
        if lines[0] == "WATCHDOG=1":
            self.is_told.set()
            assert self.takes.wait(DEADLINE), "the event loop stands still"
        self.heard.append(lines[0])


async def _fine(_: System) -> str:
    return "Fine."


def test_a_manager_that_does_not_read_holds_up_no_event_loop_and_hears_the_farewell_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service_manager, "_status", _fine)
    manager = SlowManager()

    async def serve() -> None:
        async with manager.informed(cast("System", None)):
            assert await asyncio.to_thread(manager.is_told.wait, DEADLINE)
            # Only a loop that turns comes to this, and only after the end below has begun.
            asyncio.get_running_loop().call_soon(manager.takes.set)

    asyncio.run(serve())
    assert manager.heard == ["READY=1", "WATCHDOG=1", "STOPPING=1"]
