"""One simulator and one server per test, each a process of its own, ended with the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import Browser
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess


@pytest.fixture(name="simulator", scope="module")
def _simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    simulator = SimulatorProcess(tmp_path_factory.mktemp("whatsapp") / "state")
    yield simulator
    simulator.close()


@pytest.fixture(name="server")
def _server(tmp_path: Path, simulator: SimulatorProcess) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path, simulator)
    server.start()
    yield server
    server.close()


@pytest.fixture(name="browse")
def _browse(server: ServerProcess) -> Iterator[Callable[..., Browser]]:
    browsers: list[Browser] = []

    def browse(empresa_id: int, query: str = "") -> Browser:
        browsers.append(Browser(server, empresa_id, query))
        return browsers[-1]

    yield browse
    for browser in browsers:
        browser.close()
