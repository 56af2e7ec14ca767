"""The server as the process that an operator starts, against the simulator or nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.e2e.small_disk import SmallDisk
from tests.free_port import free_port
from tests.no_tls import NO_TLS
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.unhurried import UNHURRIED

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0

Frame = dict[str, Any]


class ServerProcess:
    """`python main.py serve` with a data and an auth folder that outlive it."""

    def __init__(
        self,
        folder: Path,
        simulator: SimulatorProcess | None,
        disk: SmallDisk | None = None,
        **settings: str,
    ) -> None:
        self.folder = folder
        self.disk = disk
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._environment = _environment(folder, self.port, simulator) | settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready; where it does not become so, nothing is left."""
        command = [sys.executable, "main.py", "serve"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.disk.around(command) if self.disk else command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(self._is_ready)
        except BaseException:
            self.close()
            raise

    @property
    def settings(self) -> dict[str, str]:
        """What it is told by its environment, for another command on the same folders."""
        return {k: v for k, v in self._environment.items() if k.startswith("VENDEAI_")}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def is_running(self) -> bool:
        """Whether what was started has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """End it in order; answers its exit code. Harmless twice."""
        if self._process is None:
            return 0
        self._process.terminate()
        code = self._process.wait(DEADLINE)
        self._process = None
        return code

    def close(self) -> None:
        """End it, in order if it will, and see that nothing of it is left. Harmless twice."""
        process = self._process
        try:
            self.stop()
            wait_until(lambda: not self.processes())
        finally:
            for left in self.processes():
                with suppress(psutil.NoSuchProcess):
                    left.kill()
            if process is not None:
                process.wait(DEADLINE)
                self._process = None

    def kill(self) -> None:
        """End it with -9, and see that nothing of it is left."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(DEADLINE)
        self._process = None
        wait_until(lambda: not self.processes())

    def processes(self) -> list[psutil.Process]:
        """Every process that was started with this server's folder in its environment."""
        mine = f"VENDEAI_DATA_DIR={self.folder / 'data'}"
        return [process for process in psutil.process_iter() if mine in _environ_of(process)]

    def worker(self, empresa_id: int) -> int | None:
        """The pid of an empresa's client process; None between two of them."""
        return self.workers().get(empresa_id)

    def workers(self) -> dict[int, int]:
        """The pids of all client processes, by their empresas."""
        actors = self.get("/api/admin/actors").json()["actors"]
        return {actor["empresaId"]: actor["pid"] for actor in actors if actor["pid"] is not None}

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=DEADLINE, verify=NO_TLS)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return httpx.post(
            self.url + path, json=body, headers=headers, timeout=DEADLINE, verify=NO_TLS
        )

    def put(self, path: str, body: object) -> httpx.Response:
        return httpx.put(self.url + path, json=body, timeout=DEADLINE, verify=NO_TLS)

    def events(self, empresa_id: int, after: int = 0) -> list[Frame]:
        """All of an empresa's ledger above a number."""
        found: list[Frame] = []
        while True:
            page = self.get(f"/api/empresas/{empresa_id}/events?after={after}&limit=1000").json()
            found += page["events"]
            if not page["events"]:
                return found
            after = page["next"]

    def status(self, empresa_id: int) -> Frame:
        answer = self.get(f"/api/bot/status/{empresa_id}")
        assert answer.status_code == 200, answer.text
        status: Frame = answer.json()
        return status

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            return self.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False


def together(*jobs: Callable[[], object]) -> None:
    """Run them at the same time, each on a thread; the first failure is raised."""
    failures: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - raised below, on the test's thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def stop_process(pid: int | None) -> None:
    """Freeze it (SIGSTOP)."""
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)


def kill_process(pid: int | None) -> None:
    """End it (SIGKILL)."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _environment(folder: Path, port: int, simulator: SimulatorProcess | None) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("VENDEAI_")}
    settings = {
        "VENDEAI_PORT": str(port),
        "VENDEAI_DATA_DIR": str(folder / "data"),
        "VENDEAI_AUTH_DIR": str(folder / "auth_info"),
        "VENDEAI_SENDING": json.dumps(UNHURRIED),
        "NO_PROXY": "localhost,127.0.0.1",
        # Without a simulator, nobody: a test never reaches the real WhatsApp.
        "HTTPS_PROXY": f"http://127.0.0.1:{free_port()}",
    }
    if simulator is not None:
        settings["HTTPS_PROXY"] = simulator.where["proxy"]
        settings["SSL_CERT_FILE"] = simulator.where["ca"]
        settings["VENDEAI_NOISE_ROOT"] = simulator.where["noiseRoot"]
    return inherited | settings


def _environ_of(process: psutil.Process) -> str:
    try:
        return Path(f"/proc/{process.pid}/environ").read_text(errors="replace")
    except OSError:
        return ""
