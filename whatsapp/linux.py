"""Requests to the kernel and the C library for which Python has no name of its own."""

from __future__ import annotations

import ctypes
import os
import re
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_MADV_MERGEABLE = 12
#: A line of /proc/self/maps about writable memory without a file, stacks aside.
_ANONYMOUS = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0\s*(?:\[heap\]|\[anon\b.*)?$")
#: Of `mallopt` (glibc, malloc.h).
_M_ARENA_MAX = -8

#: What a terminal (also as it is closed), a service manager and its watchdog send to all processes
#: of the server.
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGABRT, signal.SIGHUP)


def _prctl(option: int, argument: int | bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    value = ctypes.c_char_p(argument) if isinstance(argument, bytes) else ctypes.c_ulong(argument)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def signal_at_parents_death(number: signal.Signals) -> None:
    """Have this process sent a signal when the thread that started it ends.

    The parent may have died before this call: compare `os.getppid()` after it.
    """
    _prctl(_PR_SET_PDEATHSIG, number)


def name_process(name: str) -> None:
    """Set the name that `ps` and `top` show, cut to 15 bytes."""
    _prctl(_PR_SET_NAME, name.encode()[:15])


def discard_output() -> None:
    """Send what is printed from now on, by C and Go code as well, nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def return_free_memory() -> None:
    """Give back to the kernel what C code has freed; up to 1 MiB after a login."""
    ctypes.CDLL(None).malloc_trim(0)


def share_heaps() -> None:
    """Have the C code of all threads, from now on, take its memory from two heaps.

    glibc gives each thread another one, up to eight for each processor, and each keeps the holes of
    the most that it ever held: a server whose threads come and go grows for hours.
    """
    ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)


def offer_to_oom_killer(points: int) -> None:
    """Have the kernel end this process before others when memory runs out.

    As if it used so many thousandths of the machine's memory more than its parent. Raises OSError.
    """
    adjustment = Path("/proc/self/oom_score_adj")
    adjustment.write_text(str(min(1000, int(adjustment.read_text()) + points)))


def merge_equal_pages() -> None:
    """Let the kernel share equal pages of the memory that this process has now.

    What it forks inherits that. A `prctl` would do it once and for all, but needs CAP_SYS_RESOURCE.
    """
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = _ANONYMOUS.match(line)
        if found:
            start, end = int(found[1], 16), int(found[2], 16)
            madvise(start, end - start, _MADV_MERGEABLE)
