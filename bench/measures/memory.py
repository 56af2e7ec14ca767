"""What an empresa takes of memory, and the idle server."""

from __future__ import annotations

import asyncio
import time

from bench import kernel
from bench.figures import Figure
from bench.stage import Plan, Stage, stage
from whatsapp.link_check import CHECK_SECONDS

#: Seconds until each client has given back what its login took: it does so at its first look at
#: its link (`whatsapp/link_check.py`).
_IDLE_SECONDS = 3 * CHECK_SECONDS
#: Seconds between two looks at what ksmd has merged, and for how long at most.
_MERGE_PAUSE = 2.0
_MERGE_PATIENCE = 240.0
#: It is through after so many scans of all pages, once so little was gained since the last look.
_MERGE_SCANS = 4
_MERGED = 0.005


async def memory(plan: Plan) -> list[Figure]:
    """PSS of all the server's processes, for each count of empresas."""
    figures: list[Figure] = []
    for count in plan.counts:
        async with stage(plan, count) as it:
            await it.pair()
            fresh = await _settled(plan, it)
            simulator = kernel.pss(it.simulator_pid)
            await it.restart()
            again = await _settled(plan, it)
            figures += [
                _mib("each empresa, freshly paired", (fresh - it.idle) / count, count),
                _mib("each empresa, after a restart", (again - it.idle) / count, count),
                _mib("idle server", it.idle, count, "MiB in all"),
                _mib("all processes, freshly paired", fresh, count, "MiB in all"),
                _mib("all processes, after a restart", again, count, "MiB in all"),
                _mib("beside: the simulator", simulator, count, "MiB in all"),
            ]
    return figures


async def _settled(plan: Plan, it: Stage) -> int:
    """The PSS once it is idle; where pages are merged, once that has come to its end."""
    await asyncio.sleep(_IDLE_SECONDS)
    size = kernel.pss(it.server.pid)
    if not plan.is_merging:
        return size
    scans, end = kernel.full_scans() + _MERGE_SCANS, time.monotonic() + _MERGE_PATIENCE
    gained = size
    while time.monotonic() < end and (kernel.full_scans() < scans or gained > _MERGED * size):
        await asyncio.sleep(_MERGE_PAUSE)
        before, size = size, kernel.pss(it.server.pid)
        gained = before - size
    return size


def _mib(name: str, size: float, count: int, unit: str = "MiB") -> Figure:
    return Figure(name, round(size / kernel.MIB, 2), unit, count)
