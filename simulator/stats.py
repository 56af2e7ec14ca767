"""What the simulator has done, and what it takes of the machine."""

import resource
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Stats:
    """Counts since the start."""

    logins: int = 0
    stanzas_in: int = 0
    stanzas_out: int = 0


def cpu_seconds() -> float:
    """Return the processor time that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident_bytes() -> int:
    """Return the memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()
