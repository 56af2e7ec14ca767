"""What connected empresas take of the processor while nobody writes."""

from __future__ import annotations

import asyncio

from bench import kernel
from bench.figures import Figure, shares
from bench.stage import Plan, stage


async def idle(plan: Plan) -> list[Figure]:
    """In % of one core, for each count of empresas."""
    figures: list[Figure] = []
    for count in plan.counts:
        async with stage(plan, count) as it:
            await it.pair()
            # What follows a pairing is not idleness.
            await asyncio.sleep(plan.seconds / 4)
            with kernel.watched(it.who()) as used:
                await asyncio.sleep(plan.seconds)
            percent = round(100 * used.pop("server"), 2)
            figures.append(Figure("all connected, nobody writes", percent, "% of a core", count))
            figures += shares("idle", used, count)
    return figures
