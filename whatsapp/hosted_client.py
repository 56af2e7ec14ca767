"""The server's side of one client: what a session holds, and what the worker makes of it."""

from __future__ import annotations

import logging
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

from whatsapp.exit_codes import JOURNAL_UNWRITABLE, describe_exit
from whatsapp.frames import Command, Confirm, End, FrameError, LogOut, encode_frame
from whatsapp.port import (
    END_GRACE_SECONDS,
    LOGOUT_SECONDS,
    CheckNumbers,
    Client,
    ClientEnded,
    ClientEvent,
    LogoutDone,
    Send,
    Signal,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from whatsapp.port import EndCause, Report
    from whatsapp.worker_entry import WorkerSpec
    from whatsapp.worker_process import WorkerProcess

logger = logging.getLogger("vendeai.whatsapp")

#: Bytes of commands that a worker may leave unread before it is taken for hung, and killed: a long
#: text that is to be sent, with every byte escaped, and more.
MAX_UNREAD_BYTES = 1024 * 1024
#: Seconds between the end of a worker and the forkserver's word of how it ended.
_VERDICT_SECONDS = 2.0
#: What multiprocessing says where the forkserver is gone and cannot tell.
_UNTOLD = 255


class HostedClient(Client):
    """The port's methods may be called on any thread; all else runs on the host's loop."""

    def __init__(
        self,
        spec: WorkerSpec,
        report: Report,
        loop: asyncio.AbstractEventLoop,
        forget: Callable[[HostedClient], None],
    ) -> None:
        self.spec = spec
        self._report_to = report
        self._loop = loop
        self._forget = forget
        self._worker: WorkerProcess | None = None
        self._before_start = bytearray()
        self._unwanted = False
        self._muted = False
        self._logging_out = False
        self._detail: str | None = None
        self._timers: list[asyncio.TimerHandle] = []

    # --- the port ----------------------------------------------------------------------------

    def confirm(self, entry_id: int) -> None:
        """See the port."""
        self._on_loop(self._send, Confirm(entry_id))

    def send(self, message: Send) -> None:
        """See the port."""
        self._on_loop(self._send, message)

    def check_numbers(self, question: CheckNumbers) -> None:
        """See the port."""
        self._on_loop(self._send, question)

    def signal(self, signal: Signal) -> None:
        """See the port."""
        self._on_loop(self._send, signal)

    def log_out(self) -> None:
        """See the port."""
        self._on_loop(self._log_out)

    def end(self) -> None:
        """See the port."""
        self._on_loop(self._end)

    def kill(self) -> None:
        """See the port."""
        self._on_loop(self._abandon)

    def _on_loop(self, action: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(action, *arguments)
        except RuntimeError:
            # The host is closed, and with it every client has ended.
            logger.debug("a client was told something after its host had closed")

    # --- what the starter says ---------------------------------------------------------------

    @property
    def unwanted(self) -> bool:
        """It was to end before it was started."""
        return self._unwanted

    def started(self, worker: WorkerProcess) -> None:
        """Its process runs."""
        self._worker = worker
        self._loop.add_reader(worker.channel, self._readable)
        self._loop.add_reader(worker.output, self._printed)
        self._loop.add_reader(worker.end, self._gone)
        if self._before_start:
            self._write(bytes(self._before_start))
        if self._muted:
            worker.kill()

    def not_started(self, detail: str) -> None:
        """It never came to life."""
        self._finish(None, detail)

    # --- commands ----------------------------------------------------------------------------

    def _send(self, command: Command) -> None:
        self._write(encode_frame(command))

    def _write(self, frame: bytes) -> None:
        worker = self._worker
        if worker is None:
            self._before_start += frame
        elif (unsent := worker.send(frame)) > MAX_UNREAD_BYTES:
            self._kill(f"it left {unsent} bytes of commands unread")
        elif unsent:
            self._loop.add_writer(worker.channel, self._writable)

    def _writable(self) -> None:
        if self._worker and not self._worker.send_more():
            self._loop.remove_writer(self._worker.channel)

    def _log_out(self) -> None:
        if not self._logging_out:
            self._logging_out = True
            self._send(LogOut())
            self._later(LOGOUT_SECONDS, self._kill, "it did not answer the logout")

    def _end(self) -> None:
        self._unwanted = True
        self._send(End())
        self._later(END_GRACE_SECONDS, self._kill, None)

    def _abandon(self) -> None:
        """Nothing is wished of it any more, not even an answer."""
        self._logging_out = False
        self._kill(None)

    def _kill(self, detail: str | None) -> None:
        self._unwanted = True
        self._muted = True
        self._detail = self._detail or detail
        if self._worker:
            self._worker.kill()

    def _later(self, seconds: float, action: Callable[..., None], *arguments: object) -> None:
        self._timers.append(self._loop.call_later(seconds, action, *arguments))

    # --- what the worker does ----------------------------------------------------------------

    def _readable(self) -> None:
        worker = self._worker
        if worker is None:
            return
        try:
            events, more = worker.receive()
        except FrameError as error:
            self._distrust(str(error))
            return
        if not more:
            self._loop.remove_reader(worker.channel)
        self._take(events)

    def _take(self, events: list[ClientEvent | Command]) -> None:
        for event in events:
            if isinstance(event, Command):
                self._distrust("a command")
                return
            if isinstance(event, LogoutDone):
                self._logging_out = False
            if not self._muted:
                self._tell(event)

    def _distrust(self, what: str) -> None:
        if self._worker:
            self._loop.remove_reader(self._worker.channel)
        self._kill(f"it sent what is no report: {what}")

    def _printed(self) -> None:
        if self._worker and not self._worker.read_output():
            self._loop.remove_reader(self._worker.output)

    def _tell(self, event: ClientEvent) -> None:
        try:
            self._report_to(event)
        except Exception:
            logger.exception("the report of a %s failed", type(event).__name__)

    # --- its end -----------------------------------------------------------------------------

    def _gone(self) -> None:
        """The process is gone: take in what it left, then learn how it ended."""
        worker = self._worker
        if worker is None:
            return
        for descriptor in (worker.channel, worker.output, worker.end):
            self._loop.remove_reader(descriptor)
        self._loop.remove_writer(worker.channel)
        with suppress(FrameError):
            self._take(worker.receive_rest())
        if worker.exit_code() is None:
            self._loop.add_reader(worker.verdict, self._judge)
            self._later(_VERDICT_SECONDS, self._judge)
        else:
            self._judge()

    def _judge(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        self._loop.remove_reader(worker.verdict)
        code = worker.exit_code()
        worker.close()
        cause: EndCause | None = "journal_unwritable" if code == JOURNAL_UNWRITABLE else None
        if code in (None, _UNTOLD):
            # The forkserver is dead or stopped: its workers die with it.
            code = -int(signal.SIGKILL)
            if not self._detail:
                self._detail, cause = "its forkserver has died", "forkserver_died"
        self._finish(code, self._detail or describe_exit(code), cause)

    def _finish(self, code: int | None, detail: str, cause: EndCause | None = None) -> None:
        for timer in self._timers:
            timer.cancel()
        if self._logging_out:
            self._tell(LogoutDone(unlinked=False))
        self._tell(ClientEnded(code, detail, cause))
        self._forget(self)
