"""How long a start takes: to ready, and to all empresas connected."""

from __future__ import annotations

from bench import kernel
from bench.figures import Figure, shares
from bench.stage import Plan, stage


async def starting(plan: Plan) -> list[Figure]:
    """For each count of paired empresas."""
    figures: list[Figure] = []
    for count in plan.counts:
        async with stage(plan, count) as it:
            await it.pair()
            others = {name: pid for name, pid in it.who().items() if name != "server"}
            with kernel.watched(others) as used:
                ready, connected = await it.restart()
            # A new process: all that it has used is the start's.
            server = sum(kernel.seconds(it.server.pid).values()) / connected
            figures += [
                Figure("start of the process to ready", round(ready, 2), "s", count),
                Figure("start of the process to all connected", round(connected, 2), "s", count),
                *shares("starting", {"server": server, **used}, count),
            ]
    return figures
