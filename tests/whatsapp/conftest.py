"""One simulator for the module's tests; each test gets clients of its own that end with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psutil
import pytest

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from whatsapp.clients import WorkerClients

CLOSE_SECONDS = 10.0
NUMBERS = (f"+55319{number:08}" for number in count(1))


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(tmp_path_factory.mktemp("whatsapp") / "simulator")
    yield process
    process.close()


@pytest.fixture
def number() -> Callable[[], str]:
    """Give numbers that no other test uses."""
    return lambda: next(NUMBERS)


@pytest.fixture
def auth_dir(tmp_path: Path) -> Path:
    return tmp_path / "auth info #1?"


@pytest.fixture
def open_clients(
    auth_dir: Path, simulator: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], WorkerClients]]:
    """Make clients that reach the simulator; nothing of them is left after the test."""
    monkeypatch.setenv("SSL_CERT_FILE", simulator.where["ca"])
    monkeypatch.setenv("HTTPS_PROXY", simulator.where["proxy"])
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    root = bytes.fromhex(simulator.where["noiseRoot"])
    opened: list[WorkerClients] = []

    def make() -> WorkerClients:
        opened.append(WorkerClients(auth_dir, "VendeAI", root, "auto"))
        return opened[-1]

    yield make
    for clients in opened:
        clients.close(CLOSE_SECONDS)
    wait_until(lambda: not worker_processes())


@pytest.fixture
def clients(open_clients: Callable[[], WorkerClients]) -> WorkerClients:
    return open_clients()


def worker_processes() -> list[psutil.Process]:
    """The forkserver and the workers of this process."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if "multiprocessing.forkserver" in _command(process)
    ]


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
