"""The thread that starts workers, one after the other, each under a deadline."""

from __future__ import annotations

import logging
import os
import queue
import signal
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from whatsapp.linux import ENDING_SIGNALS
from whatsapp.worker_process import WorkerProcess

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator

    from whatsapp.forkserver import ForkServer
    from whatsapp.hosted_client import HostedClient

logger = logging.getLogger("vendeai.whatsapp")

#: Seconds that the forkserver has to fork, and to import all it must before its first fork.
START_SECONDS = 10.0
LAUNCH_SECONDS = 60.0
#: Seconds for a forkserver that answers no more to be gone.
_DEATH_SECONDS = 2.0
#: Seconds that a forkserver must have lived to be launched again before anybody needs it: one
#: that dies at once would be launched for ever.
_WORTH_REVIVING_SECONDS = 10.0


class Starter:
    """Owns the forkserver. A start that hangs is freed by killing it, and tried once more.

    `Process.start` waits without a deadline, for ever where the forkserver hangs.
    """

    def __init__(self, forkserver: ForkServer, loop: asyncio.AbstractEventLoop) -> None:
        self._forkserver = forkserver
        self._loop = loop
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._is_warm = False
        self._is_stopping = False
        self._trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="whatsapp-starter", daemon=True)

    def begin(self) -> None:
        """Launch the forkserver and take up starts."""
        self._thread.start()

    def start(self, client: HostedClient) -> None:
        """Start this client's worker when its turn comes. From any thread."""
        self._queue.put(partial(self._start, client))

    def trouble(self) -> str | None:
        """Why no worker could be started now, as far as is known. From any thread."""
        if self._forkserver.is_stopped():
            return "The process that starts WhatsApp workers is stopped (SIGSTOP)."
        return self._trouble

    def stop(self, seconds: float) -> None:
        """End the forkserver and the thread. Blocks, at most for about these seconds."""
        self._is_stopping = True
        self._queue.put(None)
        self._thread.join(seconds)
        if self._thread.is_alive():
            # It hangs in a start: this frees it.
            self._forkserver.kill()
            self._thread.join(1.0)

    def _run(self) -> None:
        # Inherited by the forkserver, which is deaf to them before it can say so: see `preload`.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
        self._ensure_forkserver()
        while (work := self._queue.get()) is not None:
            work()
        self._forkserver.stop()

    def _start(self, client: HostedClient) -> None:
        if client.unwanted:
            self._loop.call_soon_threadsafe(client.not_started, "ended before it was started")
            return
        try:
            try:
                worker = self._fork(client)
            except (ConnectionError, EOFError):
                # The forkserver died, perhaps by our own hand: whatever it had begun dies with
                # it, and another one does it.
                self._forkserver.has_ended(_DEATH_SECONDS)
                worker = self._fork(client)
        except Exception as error:
            logger.exception("empresa %d: its worker was not started", client.spec.empresa_id)
            detail = f"it could not be started: {error or type(error).__name__}"
            self._trouble = "The last WhatsApp worker could not be started; the log says why."
            self._loop.call_soon_threadsafe(client.not_started, detail)
        else:
            self._is_warm = True
            self._trouble = None
            self._loop.call_soon_threadsafe(client.started, worker)

    def _fork(self, client: HostedClient) -> WorkerProcess:
        self._ensure_forkserver()
        if self._forkserver.is_stopped():
            # To replace it would take all its workers along.
            logger.warning("the forkserver was stopped (SIGSTOP) and is continued")
            self._forkserver.resume()
        with _killing(self._forkserver, START_SECONDS if self._is_warm else LAUNCH_SECONDS):
            return WorkerProcess(client.spec, self._forkserver.context)

    def _ensure_forkserver(self) -> None:
        try:
            if not self._forkserver.ensure_running():
                return
            descriptor = os.pidfd_open(self._forkserver.pid)
        except OSError:
            logger.exception("the forkserver could not be launched")
            self._trouble = "The process that starts WhatsApp workers could not be launched."
            return
        self._is_warm = False
        self._loop.call_soon_threadsafe(self._watch, descriptor, time.monotonic())

    def _watch(self, descriptor: int, since: float) -> None:
        """On the loop: notice the forkserver's death at once."""
        self._loop.add_reader(descriptor, self._died, descriptor, since)

    def _died(self, descriptor: int, since: float) -> None:
        self._loop.remove_reader(descriptor)
        os.close(descriptor)
        if self._is_stopping:
            return
        logger.error("the forkserver has died, and its workers with it")
        if time.monotonic() - since >= _WORTH_REVIVING_SECONDS:
            self._queue.put(self._ensure_forkserver)
        else:
            self._trouble = "The process that starts WhatsApp workers died right after its launch."


@contextmanager
def _killing(forkserver: ForkServer, seconds: float) -> Iterator[None]:
    """Kill the forkserver if what is done meanwhile takes longer."""
    timer = threading.Timer(seconds, forkserver.kill)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
