"""The bench's own processes, so that what they cost is theirs: plain server, asker, listeners."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.simulator.real.process import Process

_START_SECONDS = 60.0


@contextmanager
def child(module: str, *arguments: str) -> Iterator[Process]:
    """A module as a process that prints JSON lines; it is ended in the end."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        process = Process(["-m", module, *arguments], log, {})
        try:
            yield process
        except TimeoutError as late:
            late.add_note(log.read_text())
            raise
        finally:
            process.end()


@dataclass(frozen=True)
class PlainServer:
    """Tornado with nothing around it, as a process (`bench/plain.py`)."""

    url: str
    pid: int


@contextmanager
def plain_server(body: bytes) -> Iterator[PlainServer]:
    """One that writes these bytes."""
    with child("bench.plain", base64.b64encode(body).decode()) as process:
        said = process.wait_for(lambda line: "url" in line, _START_SECONDS)
        yield PlainServer(said["url"], said["pid"])


@contextmanager
def listeners(
    url: str, *, empresas: int, each: int, opening: int, frames: int
) -> Iterator[Process]:
    """Many WebSockets (`bench/listeners.py`), once each has had its opening frames.

    It prints a line with `first` and `last` (monotonic times) when all these frames were read.
    """
    numbers = [str(number) for number in (empresas, each, opening, frames)]
    with child("bench.listeners", url, *numbers) as process:
        process.wait_for(lambda line: "ready" in line, _START_SECONDS)
        yield process
