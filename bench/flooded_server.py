"""The server whose workers write what the bench tells them (`bench/flooded.py`)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.shops import DEADLINE
from tests.e2e.server_process import ROOT, ServerProcess
from tests.simulator.real.waiting import wait_until


class FloodedServer(ServerProcess):
    """A server whose workers write what `flood` tells them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, None, VENDEAI_EMPRESAS="1000", VENDEAI_KSM="off")
        self._lags = folder / "lags"

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bench.flooded", str(self._lags)],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._is_ready)

    def flood(self, at: float, texts: int, every: float = 0.0) -> None:
        """From then on, let each empresa have so many texts, one every so many seconds."""
        path = self.folder / "auth_info" / "flood"
        path.with_suffix(".partial").write_text(
            json.dumps({"at": at, "texts": texts, "every": every})
        )
        path.with_suffix(".partial").replace(path)

    def lags(self, begin: float, end: float) -> list[float]:
        """By how many seconds the event loop was late between two moments."""
        rows = [line.split() for line in self._lags.read_text().splitlines()[:-1]]
        return [float(late) for at, late in rows if begin <= float(at) <= end]


@contextmanager
def flooded_server(empresas: int) -> Iterator[FloodedServer]:
    """A fresh one, with so many empresas connected."""
    with TemporaryDirectory() as name:
        server = FloodedServer(Path(name))
        try:
            server.start()
            for empresa_id in range(1, empresas + 1):
                server.post(f"/api/bot/connect/{empresa_id}")
            for empresa_id in range(1, empresas + 1):
                wait_until(partial(_is_connected, server, empresa_id), DEADLINE)
            yield server
        finally:
            server.close()


def _is_connected(server: FloodedServer, empresa_id: int) -> bool:
    return bool(server.status(empresa_id)["connected"])
