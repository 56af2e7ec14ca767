"""The process that workers are forked from: the standard library's forkserver, prepared.

It is one per server process, as multiprocessing has one. All but `kill` and `is_stopped` runs on
one thread, the starter's, which must live as long as it: the kernel ends it with that thread.
"""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress
from multiprocessing import forkserver as stdlib
from multiprocessing import get_context, resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

_PROJECT_ROOT = Path(__file__).parent.parent
#: What the forkserver imports before it forks.
PRELOAD = ["whatsapp.preload"]
PRELOAD_MERGING = ["whatsapp.preload_merging"]


def worker_environment() -> dict[str, str]:
    """What must stand in the environment when the forkserver is executed.

    SPHINX keeps neonize from loading its Go library, and starting the Go runtime in it, at its
    import: `go_runtime` does the one in the forkserver, the other in each worker. The path lets it
    find this package when the server was started from another folder.

    GOGC keeps Go's heap small. GOMEMLIMIT is soft, and has what a peak needed given back to the
    kernel; below 16 MiB it costs more than it saves: at 8 MiB the collector ran at every text, 9 ms
    of a processor instead of 3, for 0.5 MiB.

    Two processors for Go, not one: with one, the goroutine that hands events to Python waits
    behind the one that decrypts and acknowledges the next, and a kill loses what lies between.
    """
    paths = [str(_PROJECT_ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        "SPHINX": "1",
        "GOGC": "20",
        "GOMAXPROCS": "2",
        "GOMEMLIMIT": "16MiB",
        # Or it tells WhatsApp of each message that a business's bot had written it.
        "NEONIZE_BOT_TAG": "off",
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
    }


class ForkServer:
    """Starts, watches and ends the forkserver."""

    def __init__(self, *, merge_pages: bool) -> None:
        self.context: ForkServerContext = get_context("forkserver")
        self._preload = [*PRELOAD, *(PRELOAD_MERGING if merge_pages else ())]
        self._descriptor: int | None = None

    def ensure_running(self) -> bool:
        """Launch it, or launch it again if it has died. True if it was launched now.

        Returns before it has imported what it must; the first start waits for that.
        """
        if self._descriptor is not None and not self.has_ended():
            return False
        self._close_descriptor()
        _do_without_tracker()
        self.context.set_forkserver_preload(self._preload)
        stdlib.ensure_running()
        self._descriptor = os.pidfd_open(self.pid)
        return True

    @property
    def pid(self) -> int:
        """Of the present forkserver; 0 while there is none."""
        return _stdlib()._forkserver_pid or 0  # noqa: SLF001 - see `_stdlib`

    @property
    def descriptor(self) -> int | None:
        """A pidfd of it: readable once it has ended."""
        return self._descriptor

    def has_ended(self, seconds: float = 0.0) -> bool:
        """Whether it was launched and is no more; waits so long for its end."""
        if self._descriptor is None:
            return False
        poller = select.poll()
        poller.register(self._descriptor, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    def is_stopped(self) -> bool:
        """Whether a signal has stopped it. From any thread."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text() if self.pid else ""
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[:1] == ["T"]

    def resume(self) -> None:
        """Have it go on, where it was stopped."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it and, by their parent-death signal, all its workers. From any thread."""
        self._signal(signal.SIGKILL)

    def stop(self) -> None:
        """End it for good, stopped or not, and reap it."""
        if self._descriptor is None:
            return
        self.kill()
        _stdlib()._stop()  # noqa: SLF001 - see `_stdlib`
        self._close_descriptor()

    def _signal(self, number: signal.Signals) -> None:
        descriptor = self._descriptor
        if descriptor is not None:
            with suppress(OSError):
                signal.pidfd_send_signal(descriptor, number)

    def _close_descriptor(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _do_without_tracker() -> None:
    """Have multiprocessing take its resource tracker for running, and talk to nobody.

    It cleans up semaphores and shared memory, of which there are none here. It would be one more
    process, which a SIGSTOP lets outlive the server, and a zombie once it is killed.
    """
    tracker: Any = resource_tracker._resource_tracker  # noqa: SLF001 - held by a contract test
    if tracker._fd is None:  # noqa: SLF001 - as above
        tracker._fd = os.open(os.devnull, os.O_WRONLY)  # noqa: SLF001 - as above


def _stdlib() -> Any:
    """The library's one forkserver; what is used of its inside is held by a contract test."""
    return stdlib._forkserver  # noqa: SLF001
