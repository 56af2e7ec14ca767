"""What tests do to workers from within, without a line of it in the product.

Notes when a worker enters and leaves the handler of a message: evidence from outside. Or ends the
worker, or the server, at a step of a send that a file names.

Python imports this by itself in every process whose PYTHONPATH names this folder. The notes are
lines of a file, `call` / `enter ID` / `leave ID` with the time in ns; what was written to it is
there after any kill of the process.
"""

import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

_PATH = os.environ.get("STORM_WITNESS")
_SPINS = os.environ.get("WORKERS_SPIN_AT_SIGUSR1")
_CUTS = os.environ.get("SENDS_CUT_BY")
_MESSAGE_CODE = 17


class _Watched(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module as ever, and then puts the notes around one of its methods."""

    def __init__(self, name: str, path: str) -> None:
        self._name = name
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Be asked once, then step aside."""
        del path, target
        if name != self._name:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            self._loader = spec.loader
            spec.loader = self
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the real loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As the real loader does, and then the notes."""
        self._loader.exec_module(module)
        if self._name == "whatsapp.intake":
            self._watch_intake(module.Intake)
        else:
            self._watch_client(module.NeonizeClient)

    def _note(self, what: str) -> None:
        os.write(self._file, f"{what} {time.monotonic_ns()}\n".encode())

    def _watch_intake(self, intake: Any) -> None:
        inner = intake.message

        def message(taking: Any, event: Any, own: Any) -> None:
            self._note(f"enter {event.Info.ID}")
            inner(taking, event, own)
            self._note(f"leave {event.Info.ID}")

        intake.message = message

    def _watch_client(self, client: Any) -> None:
        inner = client._execute

        def execute(one: Any, uuid: int, address: int, size: int, code: int) -> None:
            if code == _MESSAGE_CODE:
                self._note("call -")
            inner(one, uuid, address, size, code)
            if code == _MESSAGE_CODE:
                self._note("back -")

        client._execute = execute


class _Spinning(_Watched):
    """The forkserver, and each of its workers, spins for ever once it gets a SIGUSR1."""

    def __init__(self) -> None:
        self._name = "whatsapp.intake"

    def exec_module(self, module: ModuleType) -> None:
        """As the real loader does, and then the handler: forks inherit it."""
        self._loader.exec_module(module)
        signal.signal(signal.SIGUSR1, self._spin)

    @staticmethod
    def _spin(*_: object) -> None:
        while True:
            pass


class _Cutting(_Watched):
    """Ends somebody at the step of a send that the file names; the file is gone then."""

    reached = 0
    """Sends of this process that came to the step."""

    def __init__(self, name: str) -> None:
        self._name = name

    def exec_module(self, module: ModuleType) -> None:
        """As the real loader does, and then the steps."""
        self._loader.exec_module(module)
        if self._name == "whatsapp.intake":
            self._cut_intake(module.Intake)
        else:
            self._cut_client(module.NeonizeClient)

    def _cut_intake(self, intake: Any) -> None:
        inner = intake.sent

        def sent(*arguments: Any) -> None:
            inner(*arguments)
            self._step("journalled")

        intake.sent = sent

    def _cut_client(self, client: Any) -> None:
        inner = client.send

        def send(*arguments: Any) -> Any:
            self._step("calling")
            self._step("in the call")
            answer = inner(*arguments)
            self._step("answered")
            return answer

        client.send = send

    @classmethod
    def _step(cls, step: str) -> None:
        """The file: `{"step", "after": sends before, "victim": a pid or null, "seconds"}`."""
        assert _CUTS
        file = Path(_CUTS)
        try:
            cut = json.loads(file.read_text())
        except FileNotFoundError:
            return
        if cut["step"] != step:
            return
        cls.reached += 1
        if cls.reached <= cut["after"]:
            return
        file.unlink()
        victim = cut["victim"] or os.getpid()
        if cut["seconds"]:
            threading.Timer(cut["seconds"], os.kill, (victim, signal.SIGKILL)).start()
        else:
            os.kill(victim, signal.SIGKILL)


if _SPINS:
    sys.meta_path.insert(0, _Spinning())
if _PATH:
    sys.meta_path.insert(0, _Watched("whatsapp.intake", _PATH))
    sys.meta_path.insert(0, _Watched("whatsapp.neonize_client", _PATH))
if _CUTS:
    sys.meta_path.insert(0, _Cutting("whatsapp.intake"))
    sys.meta_path.insert(0, _Cutting("whatsapp.neonize_client"))
