"""`python main.py …` as an operator runs it, with folders of its own and no way to WhatsApp."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.free_port import free_port
from tests.no_tls import NO_TLS
from tests.simulator.real.waiting import wait_until

ROOT = Path(__file__).parents[2]
DEADLINE = 30.0


def environment(folder: Path, **settings: str) -> dict[str, str]:
    inherited = {name: v for name, v in os.environ.items() if not name.startswith("VENDEAI_")}
    return {
        **inherited,
        "VENDEAI_DATA_DIR": str(folder / "data"),
        "VENDEAI_AUTH_DIR": str(folder / "auth_info"),
        "VENDEAI_PORT": str(free_port()),
        # A closed port: a test never reaches the real WhatsApp.
        "HTTPS_PROXY": f"http://127.0.0.1:{free_port()}",
        **settings,
    }


def run(
    command: str, folder: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end; from `folder`, as it must run from any."""
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), command, *arguments],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


class Program:
    """One that runs on; `output` is all that it has said so far, to stdout and stderr."""

    def __init__(self, command: list[str], folder: Path, **settings: str) -> None:
        self._environment = environment(folder, **settings)
        self.url = f"http://127.0.0.1:{self._environment['VENDEAI_PORT']}"
        self._log = folder / "program.log"
        with self._log.open("ab") as log:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def get(self, path: str) -> Any:
        return httpx.get(self.url + path, timeout=DEADLINE, verify=NO_TLS)

    def post(self, path: str) -> Any:
        return httpx.post(self.url + path, timeout=DEADLINE, verify=NO_TLS)

    def until_ready(self) -> None:
        def is_ready() -> bool:
            assert self.process.poll() is None, self.output
            try:
                return bool(self.get("/readyz").status_code == 200)
            except httpx.TransportError:
                return False

        wait_until(is_ready)

    def until_said(self, text: str) -> None:
        wait_until(lambda: text in self.output)


@contextlib.contextmanager
def running(command: str | list[str], folder: Path, **settings: str) -> Iterator[Program]:
    """A command of main.py, or a whole command line."""
    line = [sys.executable, "main.py", command] if isinstance(command, str) else command
    program = Program(line, folder, **settings)
    try:
        yield program
    finally:
        program.process.terminate()
        program.process.wait(DEADLINE)
