"""A peer to measure against: Baileys with every empresa's session in one Node process.

It is installed on request only, by who starts it: npm's registry must be there the first time.
`python -m bench.peers.proof` shows that it works. Its version is the newest: 6.17.16, which npm has
as the latest, needs git repositories besides, and speaks an older dictionary of the protocol than
the simulator.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.e2e.server_process import DEADLINE
from tests.free_port import free_port
from tests.no_tls import NO_TLS
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

PEER = Path(__file__).parent / "peers" / "baileys"
INSTALL_SECONDS = 300.0
INSTALL = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")


class PeerMissingError(Exception):
    """The peer can't be had here; why."""


def install() -> None:
    """Install the peer as its lock file says, if it is not; PeerMissingError where it can't be."""
    lock, installed = PEER / "package-lock.json", PEER / "node_modules" / ".package-lock.json"
    if not (shutil.which("node") and shutil.which("npm")):
        raise PeerMissingError("Baileys is not measured: it needs node 20 or later, with npm")
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    try:
        subprocess.run(INSTALL, cwd=PEER, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        told = (error.stderr or b"no answer").decode(errors="replace").partition("\n")[0]
        raise PeerMissingError(f"Baileys is not measured: npm can't install it: {told}") from error


class BaileysServer:
    """`node server.js` with a folder of credentials that outlives it; one server, all empresas."""

    def __init__(self, folder: Path, simulator: SimulatorProcess, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "baileys.log"
        self._environment = os.environ | {
            "NODE_ENV": "production",
            "PORT": str(self.port),
            "AUTH_DIR": str(folder / "auth_info_baileys"),
            "HTTPS_PROXY": simulator.where["proxy"],
            "NODE_EXTRA_CA_CERTS": simulator.where["ca"],
            "NOISE_ROOT": simulator.where["noiseRoot"],
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers; PeerMissingError where it can't be installed."""
        install()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["node", "server.js"],
                cwd=PEER,
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
    def pid(self) -> int:
        """Its one process."""
        assert self._process is not None
        return self._process.pid

    def pss(self) -> int:
        """Its memory, in bytes, shared pages counted by their part."""
        return int(psutil.Process(self.pid).memory_full_info().pss)

    def stop(self) -> None:
        """End it by SIGTERM. Harmless twice."""
        self._end(kill=False)

    def kill(self) -> None:
        """End it with -9. Harmless twice."""
        self._end(kill=True)

    def close(self) -> None:
        """End it, in order if it will. Harmless twice."""
        try:
            self.stop()
        finally:
            self.kill()

    def get(self, path: str) -> httpx.Response:
        """Ask it."""
        return httpx.get(self.url + path, timeout=DEADLINE, verify=NO_TLS)

    def post(self, path: str) -> httpx.Response:
        """Tell it."""
        return httpx.post(self.url + path, timeout=DEADLINE, verify=NO_TLS)

    def status(self, empresa_id: int) -> dict[str, Any]:
        """Return an empresa's status; httpx.HTTPStatusError for one that it does not know."""
        answer = self.get(f"/api/bot/status/{empresa_id}")
        answer.raise_for_status()
        status: dict[str, Any] = answer.json()
        return status

    def _end(self, *, kill: bool) -> None:
        if self._process is not None:
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(DEADLINE)
            self._process = None

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        # An empresa that nobody has: 404 is an answer.
        with suppress(httpx.TransportError):
            self.get("/api/bot/status/0")
            return True
        return False
