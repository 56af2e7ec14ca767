"""The server as the process that an operator starts, against the simulator or nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0
CRM = Origin("http://localhost:5173")

Frame = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """`python main.py serve` with a data and an auth folder that outlive it."""

    def __init__(self, folder: Path, simulator: SimulatorProcess | None, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._environment = _environment(folder, self.port, simulator) | settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "main.py", "serve"],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._is_ready)

    @property
    def settings(self) -> dict[str, str]:
        """What it is told by its environment, for another command on the same folders."""
        return {k: v for k, v in self._environment.items() if k.startswith("VENDEAI_")}

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> int:
        """End it in order; answers its exit code. Harmless twice."""
        if self._process is None:
            return 0
        self._process.terminate()
        code = self._process.wait(DEADLINE)
        self._process = None
        return code

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
        for actor in self.get("/api/admin/actors").json()["actors"]:
            if actor["class"] == "SessionActor" and actor["empresaId"] == empresa_id:
                pid: int | None = actor["pid"]
                return pid
        raise AssertionError(f"empresa {empresa_id} has no session")

    def get(self, path: str, **headers: str) -> httpx.Response:
        return httpx.get(self.url + path, headers=headers, timeout=DEADLINE)

    def post(self, path: str, body: object = None, **headers: str) -> httpx.Response:
        return httpx.post(self.url + path, json=body, headers=headers, timeout=DEADLINE)

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


class Browser:
    """One WebSocket of one empresa, read on a thread; it keeps all that it hears."""

    def __init__(self, server: ServerProcess, empresa_id: int, query: str = "") -> None:
        address = f"ws://127.0.0.1:{server.port}/ws?empresa_id={empresa_id}{query}"
        self.empresa_id = empresa_id
        self.frames: list[Frame] = []
        self._changed = threading.Condition()
        self._held = ExitStack()
        self._socket = self._held.enter_context(
            connect(address, open_timeout=DEADLINE, origin=CRM, proxy=None)
        )
        self._is_over = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def close(self) -> None:
        self._held.close()
        self._reader.join(DEADLINE)

    def waits(
        self,
        fits: Callable[[Frame], bool],
        what: str = "",
        seconds: float = DEADLINE,
        after: int = 0,
    ) -> Frame:
        """The first frame that fits, heard already (`after` so many) or still to come."""

        def found() -> Frame | None:
            return next((frame for frame in self.frames[after:] if fits(frame)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._is_over, seconds)
            frame = found()
        assert frame is not None, f"{what} not heard by empresa {self.empresa_id}: {self.brief()}"
        return frame

    def hears(self, kind: str, **data: object) -> Frame:
        """The first frame of that type whose data has these values; a status is a numbered one."""

        def fits(frame: Frame) -> bool:
            if frame["type"] != kind or (kind == "status" and "seq" not in frame):
                return False
            return all(frame["data"].get(name) == value for name, value in data.items())

        return self.waits(fits, f"{kind} {data}")

    def texts(self) -> list[str]:
        return [frame["data"]["text"] for frame in self.frames if frame["type"] == "message"]

    def states(self) -> list[str]:
        return [f["data"]["state"] for f in self.frames if f["type"] == "status" and "seq" in f]

    def numbers(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if "seq" in frame]

    def brief(self) -> list[str]:
        return [str(frame)[:160] for frame in self.frames[-8:]]

    def _read(self) -> None:
        try:
            for text in self._socket:
                with self._changed:
                    self.frames.append(json.loads(text))
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        with self._changed:
            self._is_over = True
            self._changed.notify_all()


def link(server: ServerProcess, simulator: SimulatorProcess, browser: Browser, number: str) -> None:
    """A shop's way: ask for the QR, see it, scan it with the phone of that number."""
    empresa_id = browser.empresa_id
    answer = server.post(f"/api/bot/connect/{empresa_id}")
    assert answer.json() == {"success": True, "message": "Conectando..."}
    picture = browser.waits(lambda frame: frame["type"] == "qr", "a QR")["data"]
    simulator.post("/scan", number=number, image=picture)
    browser.hears("status", state="connected", phoneNumber=number)


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
