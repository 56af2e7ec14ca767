"""How many status requests a second, beside a bare Tornado that writes the same bytes."""

from __future__ import annotations

import asyncio
import statistics

from bench import kernel
from bench.children import PlainServer, child, plain_server
from bench.figures import CORES, Figure
from bench.stage import Plan, Stage, stage

#: The one is asked, then the other, so many times.
_ROUNDS = 5
#: Seconds of a round at least: each connection should have had its answers.
_LEAST = 1.0


async def status(plan: Plan) -> list[Figure]:
    """The medians of some rounds, and the ratio's."""
    async with stage(plan, 1) as it:
        await it.pair()
        url = f"{it.server.url}/api/bot/status/1"
        body = (await it.shops[0].http.get(url)).content
        with plain_server(body) as plain:
            seconds = max(_LEAST, plan.seconds / (4 * _ROUNDS))
            rounds = [await _round(it, plain, url, seconds) for _ in range(_ROUNDS)]
    ours, bare, ratio, cost, server, simulator = (
        statistics.median(column) for column in zip(*rounds, strict=True)
    )
    asking = "processor while statuses are asked for"
    beside = [
        Figure("bare Tornado, the same bytes", round(bare), "/s", 1),
        Figure("ratio to bare Tornado", round(ratio, 3), "", 1),
    ]
    return [
        Figure("status requests", round(ours), "/s", 1),
        *(beside if plan.is_ours else ()),
        Figure(f"{asking}: who asks", round(cost, 3), CORES, 1),
        Figure(f"{asking}: server", round(server, 3), CORES, 1),
        Figure(f"{asking}: simulator", round(simulator, 3), CORES, 1),
    ]


async def _round(it: Stage, plain: PlainServer, url: str, seconds: float) -> tuple[float, ...]:
    with kernel.watched(it.who()) as used:
        ours = await _asked(url, seconds)
    bare = await _asked(f"{plain.url}/status", seconds)
    ratio = ours["rate"] / bare["rate"]
    return ours["rate"], bare["rate"], ratio, ours["cores"], used["server"], used["simulator"]


async def _asked(url: str, seconds: float) -> dict[str, float]:
    with child("bench.asker", url, str(seconds)) as asker:
        return await asyncio.to_thread(asker.wait_for, lambda line: "rate" in line, seconds + 20)
