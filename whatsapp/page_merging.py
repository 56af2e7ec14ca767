"""Kernel same-page merging: the same 9 MiB of Go's initialisation stand in every worker.

The kernel's ksmd takes them back, if an operator has switched it on and the process may ask.
"""

from __future__ import annotations

from pathlib import Path

_KSM_RUN = Path("/sys/kernel/mm/ksm/run")
_CAP_SYS_RESOURCE = 1 << 24


def merging_obstacle() -> str | None:
    """Why equal pages of the workers will not be merged here; None if they will be."""
    try:
        running = _KSM_RUN.read_text().strip() == "1"
    except OSError:
        return "this kernel has no same-page merging"
    if not running:
        return f"ksmd is off: an operator can switch it on with `echo 1 > {_KSM_RUN}`"
    if not _effective_capabilities() & _CAP_SYS_RESOURCE:
        return "the server lacks CAP_SYS_RESOURCE"
    return None


def _effective_capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0
