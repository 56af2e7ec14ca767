"""Whether everything that a worker must load can be loaded here, tried in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from types import TracebackType
from typing import Self

from settings import ROOT

#: What a worker does, without a client. It ends as a worker does: Go cannot be unloaded; and,
#: killed or stopped meanwhile, with the command that asks.
PROGRAM = """
import os
import signal
from whatsapp.linux import signal_at_parents_death
signal_at_parents_death(signal.SIGKILL)
from whatsapp import worker
from whatsapp.go_runtime import load_go_runtime
load_go_runtime(None)
os._exit(0)
"""
#: Seconds; it takes half a one on an idle machine.
_DEADLINE = 60.0


class LibraryProbe:
    """Runs from its making on; ended where its answer is not waited for. Making: OSError."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={**os.environ, "SPHINX": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def trouble(self) -> str | None:
        """What is missing, as a sentence; None when all is there. Blocks until it is known."""
        try:
            _, errors = self._process.communicate(timeout=_DEADLINE)
        except subprocess.TimeoutExpired:
            return f"The WhatsApp library did not load within {_DEADLINE:.0f} seconds."
        if self._process.returncode == 0:
            return None
        last = errors.strip().splitlines()[-1:] or [f"exit code {self._process.returncode}"]
        return (
            f"The WhatsApp library cannot be loaded ({last[0]}): run `make serve`, which "
            "installs requirements.txt, or install the system library that is named."
        )
