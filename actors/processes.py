"""What the kernel says of the workers' processes and of our own: asked when somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

import psutil

#: Seconds for which a look counts as of now; two looks closer together give no share of a CPU.
FRESH_SECONDS = 0.5
#: Seconds after which a look at a process that nobody asks for is forgotten.
KEPT_SECONDS = 600.0
#: Seconds for which a process's memory counts as known.
WEIGHED_SECONDS = 10.0
_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """One process."""

    pid: int
    cpu_seconds: float
    """Since it began."""
    cpu_percent: float
    """Of one core, since the look before; at the first one since the process began."""
    pss: int | None
    """Bytes: its own memory, and its share of what it has in common with others; some seconds old.
    None: no look has had the time yet."""
    threads: int
    descriptors: int


@dataclass(frozen=True, slots=True)
class _Look:
    info: ProcessInfo
    born: float
    at: float
    """On the monotonic clock."""
    weighed_at: float
    """The same of its memory."""


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
        at = {pid: self._looks[pid].at if pid in self._looks else _NEVER for pid in pids}
        self._each(sorted(pids, key=lambda pid: at[pid]), self._fresh, deadline)
        weighed = sorted(pids & self._looks.keys(), key=lambda pid: self._looks[pid].weighed_at)
        self._each(weighed, self._weighed, deadline)

    def _each(
        self, pids: list[int], look_at: Callable[[int, float], _Look | None], deadline: float
    ) -> None:
        for pid in pids:
            now = time.monotonic()
            if now >= deadline:
                return
            look = None
            with suppress(psutil.Error, OSError):
                look = look_at(pid, now)
            if look is None:
                self._looks.pop(pid, None)
            else:
                self._looks[pid] = look

    def _weighed(self, pid: int, now: float) -> _Look:
        """With its memory: this walks through all its pages, a millisecond each."""
        look = self._looks[pid]
        if now - look.weighed_at < WEIGHED_SECONDS:
            return look
        pss = psutil.Process(pid).memory_full_info().pss
        return replace(look, info=replace(look.info, pss=pss), weighed_at=now)

    def _fresh(self, pid: int, now: float) -> _Look:
        before = self._looks.get(pid)
        if before is not None and now - before.at < FRESH_SECONDS:
            return before
        process = psutil.Process(pid)
        with process.oneshot():
            born, times = process.create_time(), process.cpu_times()
            cpu_seconds = times.user + times.system
            is_same = before is not None and before.born == born
            info = ProcessInfo(
                pid=pid,
                cpu_seconds=cpu_seconds,
                cpu_percent=self._share(pid, born, cpu_seconds, now),
                pss=before.info.pss if before and is_same else None,
                threads=process.num_threads(),
                descriptors=process.num_fds(),
            )
        return _Look(info, born, now, before.weighed_at if before and is_same else _NEVER)

    def _share(self, pid: int, born: float, cpu_seconds: float, now: float) -> float:
        before = self._looks.get(pid)
        if before is None or before.born != born:
            used, seconds = cpu_seconds, time.time() - born
        else:
            used, seconds = cpu_seconds - before.info.cpu_seconds, now - before.at
        return round(100 * used / max(seconds, FRESH_SECONDS), 1)
