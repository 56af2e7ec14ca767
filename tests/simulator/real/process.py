"""Child processes that tests start, speak to in JSON lines and end by their own ids."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

Event = dict[str, Any]

ROOT = Path(__file__).parents[3]
EVENT_SECONDS = 20.0
END_SECONDS = 10.0


class Process:
    """A child process whose JSON lines on stdout are collected; its stderr goes to a file."""

    def __init__(self, arguments: list[str], log: Path, environment: dict[str, str]) -> None:
        self._log = log.open("a")
        # SPHINX keeps neonize from loading its Go library; each process decides that for itself.
        inherited = {name: value for name, value in os.environ.items() if name != "SPHINX"}
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=inherited | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(
        self,
        wanted: Callable[[Event], bool],
        seconds: float = EVENT_SECONDS,
        after: int = 0,
    ) -> Event:
        """Return the first wanted line after so many others; TimeoutError after the deadline."""

        def found() -> Event | None:
            return next((event for event in self._events[after:] if wanted(event)), None)

        with self._changed:
            self._changed.wait_for(lambda: found() or self._ended, seconds)
            event = found()
            if event is None:
                raise TimeoutError(f"not seen; the last lines were {self._events[-8:]}")
            return event

    @property
    def events(self) -> list[Event]:
        """What was printed until now."""
        with self._changed:
            return list(self._events)

    def write(self, value: Event) -> None:
        """Send a line to its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value) + "\n")
        self._process.stdin.flush()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def end(self, *, kill: bool = False) -> int:
        """End it, by SIGTERM or with -9, and return its exit status."""
        if kill:
            self._process.kill()
        else:
            self._process.terminate()
        try:
            status = self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        self._reader.join()
        for stream in (self._process.stdin, self._process.stdout, self._log):
            assert stream is not None
            stream.close()
        return status

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._changed:
                self._events.append(json.loads(line))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
