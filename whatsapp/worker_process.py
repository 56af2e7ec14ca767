"""One worker as the server holds it: its process, its socket and its output."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
from contextlib import suppress
from multiprocessing import process as stdlib_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING

from whatsapp.frames import FrameReader
from whatsapp.worker_entry import WorkerSpec, enter_worker
from whatsapp.worker_log import WorkerLog

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

    from whatsapp.frames import Command
    from whatsapp.port import ClientEvent

_READ_BYTES = 65536
#: Descriptors that must be free for a start: eleven at its height, and some for whatever else
#: the server opens meanwhile.
START_DESCRIPTORS = 24


class WorkerProcess:
    """Once it is started nothing here blocks; one thread at a time."""

    def __init__(self, spec: WorkerSpec, context: ForkServerContext) -> None:
        """Start it: blocks until the forkserver has answered. Raises OSError or EOFError."""
        _check_descriptors()
        self._channel, their_channel = socket.socketpair()
        self._output, their_output = context.Pipe(duplex=False)
        self._process = context.Process(
            target=enter_worker,
            args=(spec, their_channel, their_output),
            name=f"empresa_{spec.empresa_id}",
            daemon=True,
        )
        with their_channel, their_output:
            try:
                self._process.start()
            except BaseException:
                self._channel.close()
                self._output.close()
                raise
        # The library's own book of children: it would be polled by whatever thread starts the
        # next one, against this one's reader, and waited for at the interpreter's exit.
        stdlib_process._children.discard(self._process)  # type: ignore[attr-defined] # noqa: SLF001
        self._channel.setblocking(False)
        os.set_blocking(self._output.fileno(), False)
        self._pidfd = _open_pidfd(self.pid)
        self._reader = FrameReader()
        self._log = WorkerLog(spec.empresa_id)
        self._unsent = bytearray()

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid or 0

    @property
    def channel(self) -> int:
        """Readable: `receive`. Writable: `send_more`."""
        return self._channel.fileno()

    @property
    def output(self) -> int:
        """Readable: `read_output`."""
        return self._output.fileno()

    @property
    def end(self) -> int:
        """Readable once the process is gone, with all that it held."""
        return self._process.sentinel if self._pidfd is None else self._pidfd

    @property
    def verdict(self) -> int:
        """Readable once the exit code is known, or never will be."""
        return self._process.sentinel

    def receive(self) -> tuple[list[ClientEvent | Command], bool]:
        """What has arrived, and whether more may come. Raises FrameError."""
        try:
            data = self._channel.recv(_READ_BYTES)
        except BlockingIOError:
            return [], True
        except OSError:
            data = b""
        return self._reader.feed(data), bool(data)

    def receive_rest(self) -> list[ClientEvent | Command]:
        """All that a process left which is gone. Raises FrameError."""
        events, more = self.receive()
        while more and wait([self.channel], 0):
            further, more = self.receive()
            events += further
        return events

    def read_output(self) -> bool:
        """Log what it has printed; False: nothing more will come."""
        try:
            data = os.read(self.output, _READ_BYTES)
        except BlockingIOError:
            return True
        self._log.feed(data)
        return bool(data)

    def send(self, frame: bytes) -> int:
        """Send now what can be sent; the bytes that wait until the channel is writable."""
        self._unsent += frame
        return self.send_more()

    def send_more(self) -> int:
        """Go on with what waits; the bytes that still do."""
        if self._unsent:
            try:
                sent = self._channel.send(self._unsent)
            except BlockingIOError:
                sent = 0
            except OSError:
                # It reads no more, and its end is noticed by the other descriptors.
                sent = len(self._unsent)
            del self._unsent[:sent]
        return len(self._unsent)

    def kill(self) -> None:
        """SIGKILL, to this very process even if its number was given to another."""
        if self._pidfd is not None:
            with suppress(OSError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def exit_code(self) -> int | None:
        """As `Process.exitcode`; None while the forkserver has not told it."""
        return self._process.exitcode if wait([self._process.sentinel], 0) else None

    def close(self) -> None:
        """Log the rest of what it printed and let everything go; once the process is gone."""
        while wait([self.output], 0) and self.read_output():
            pass
        self._log.end()
        self._channel.close()
        self._output.close()
        if self._pidfd is not None:
            os.close(self._pidfd)
        with suppress(ValueError):
            self._process.close()


def _open_pidfd(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None


def _check_descriptors() -> None:
    """Raises OSError: where they run out in the middle, multiprocessing leaves a child behind."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if sum(1 for _ in Path("/proc/self/fd").iterdir()) + START_DESCRIPTORS > most:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
