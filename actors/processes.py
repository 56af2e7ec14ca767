"""What the kernel says of the workers' processes and of our own: asked when somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import psutil

#: Seconds for which a look counts as of now; two looks closer together give no share of a CPU.
FRESH_SECONDS = 0.5
#: Seconds after which a look at a process that nobody asks for is forgotten.
KEPT_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """One process."""

    pid: int
    cpu_seconds: float
    """Since it began."""
    cpu_percent: float
    """Of one core, since the look before; at the first one since the process began."""
    pss: int
    """Bytes: its own memory, and its share of what it has in common with others."""
    threads: int
    descriptors: int


@dataclass(frozen=True, slots=True)
class _Look:
    info: ProcessInfo
    born: float
    at: float
    """On the monotonic clock."""


class Processes:
    """Keeps the last look at each, to know what it used since. From any thread."""

    def __init__(self) -> None:
        self._looks: dict[int, _Look] = {}
        self._lock = threading.Lock()

    def look(self, pids: Iterable[int], seconds: float) -> dict[int, ProcessInfo]:
        """Of each process that there is. Whom these seconds did not reach is told as it was.

        Those who were looked at longest ago come first.
        """
        wanted = set(pids)
        deadline = time.monotonic() + seconds
        if self._lock.acquire(timeout=seconds):
            try:
                self._look_at(wanted, deadline)
            finally:
                self._lock.release()
        return self.known(wanted)

    def known(self, pids: Iterable[int]) -> dict[int, ProcessInfo]:
        """As it was at the last look, without another one."""
        looks = self._looks.copy()
        return {pid: looks[pid].info for pid in pids if pid in looks}

    def _look_at(self, pids: set[int], deadline: float) -> None:
        for pid in [p for p, look in self._looks.items() if deadline - look.at > KEPT_SECONDS]:
            del self._looks[pid]
        never = float("-inf")
        at = {pid: self._looks[pid].at if pid in self._looks else never for pid in pids}
        for pid in sorted(pids, key=lambda pid: at[pid]):
            now = time.monotonic()
            if now >= deadline:
                return
            if now - at[pid] < FRESH_SECONDS:
                continue
            look = self._fresh(pid, now)
            if look is None:
                self._looks.pop(pid, None)
            else:
                self._looks[pid] = look

    def _fresh(self, pid: int, now: float) -> _Look | None:
        with suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            with process.oneshot():
                born, times = process.create_time(), process.cpu_times()
                cpu_seconds = times.user + times.system
                info = ProcessInfo(
                    pid=pid,
                    cpu_seconds=cpu_seconds,
                    cpu_percent=self._share(pid, born, cpu_seconds, now),
                    pss=process.memory_full_info().pss,
                    threads=process.num_threads(),
                    descriptors=process.num_fds(),
                )
            return _Look(info, born, now)
        return None

    def _share(self, pid: int, born: float, cpu_seconds: float, now: float) -> float:
        before = self._looks.get(pid)
        if before is None or before.born != born:
            used, seconds = cpu_seconds, time.time() - born
        else:
            used, seconds = cpu_seconds - before.info.cpu_seconds, now - before.at
        return round(100 * used / max(seconds, FRESH_SECONDS), 1)
