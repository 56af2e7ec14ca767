"""What the kernel says of processes: memory, processor; and same-page merging."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from whatsapp.page_merging import merging_obstacle

MIB = 1024 * 1024
KSM = Path("/sys/kernel/mm/ksm")
#: Pages that ksmd looks at in one go, each 20 ms.
PAGES_TO_SCAN = "1000"


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    return []


def pss(pid: int) -> int:
    """Bytes of a process and all below it, each shared page divided by those who share it."""
    total = 0
    for process in tree(pid):
        with suppress(OSError):
            lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
            sizes = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
            total += 1024 * sum(sizes)
    return total


def seconds_alone(pid: int) -> float:
    """Of processor that a process has used, without those below it."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def seconds(pid: int) -> dict[int, float]:
    """Of processor, by pid, of a process and all below it; of this process, its own."""
    if pid == os.getpid():
        return {pid: time.process_time()}
    found = {}
    for process in tree(pid):
        with suppress(psutil.NoSuchProcess):
            found[process.pid] = seconds_alone(process.pid)
    return found


@contextmanager
def watched(who: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """Meanwhile, who used how many cores; filled in at the end.

    Each is a pid, of a process with all below it; of this process it is what it uses itself.
    """
    begun, before = time.monotonic(), {name: seconds(pid) for name, pid in who.items()}
    used: dict[str, float] = {}
    yield used
    took = time.monotonic() - begun
    for name, pid in who.items():
        after = seconds(pid)
        # A process that was not there before is all of the phase's.
        used[name] = sum(s - before[name].get(p, 0.0) for p, s in after.items()) / took


@contextmanager
def merging(*, wanted: bool) -> Iterator[str]:
    """Have ksmd merge equal pages, and put it back as it was; yields "on", "off" or why not."""
    if not wanted:
        yield "off"
        return
    files = (KSM / "pages_to_scan", KSM / "run")
    try:
        before = [file.read_text() for file in files]
        files[0].write_text(PAGES_TO_SCAN)
        files[1].write_text("1")
    except OSError as error:
        yield f"may not be switched on here: {error}"
        return
    try:
        obstacle = merging_obstacle()
        yield f"not possible here: {obstacle}" if obstacle else "on"
    finally:
        for file, text in zip(files, before, strict=True):
            file.write_text(text)


def full_scans() -> int:
    """How often ksmd has been through all pages; it merges one that it has seen unchanged."""
    return int((KSM / "full_scans").read_text())
