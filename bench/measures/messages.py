"""Texts from customers to the WebSocket: how long one takes, and how many a second there may be."""

from __future__ import annotations

import asyncio
import os
import time

from bench import kernel
from bench.figures import Figure, shares, spread
from bench.shops import until
from bench.stage import Plan, Stage, stage

RATE = 50.0
#: Texts for each second of the plan, where it is as fast as can be.
_A_SECOND = 40
#: Who has so much of a core, or of all, is what limits.
_FULL = 0.85


async def latency(plan: Plan) -> list[Figure]:
    """A customer's send to the WebSocket, at an even 50 texts a second over all empresas."""
    figures: list[Figure] = []
    for count in plan.counts:
        async with stage(plan, count) as it:
            await it.pair()
            with kernel.watched(it.who()) as used:
                await _texts(it, plan.seconds / 3)
            found = [latency for shop in it.shops for latency in shop.latencies]
            figures += spread(f"send to WebSocket at {RATE:g} texts a second", found, count)
            figures += shares("texts come", used, count)
    return figures


async def _texts(it: Stage, seconds: float) -> None:
    due, number, sending = time.monotonic(), 0, set()
    end = due + seconds
    while due < end:
        shop = it.shops[number % len(it.shops)]
        sending.add(asyncio.create_task(shop.say(f"texto {number}")))
        number += 1
        due += 1 / RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await asyncio.gather(*sending)
    await until(lambda: not any(shop.said for shop in it.shops))


async def throughput(plan: Plan) -> list[Figure]:
    """Texts through worker, pipe and ledger to the WebSocket, as fast as the simulator can."""
    figures: list[Figure] = []
    for count in plan.counts:
        async with stage(plan, count) as it:
            await it.pair()
            each = max(1, int(_A_SECOND * plan.seconds) // count)
            begun, before = time.monotonic(), kernel.seconds_alone(it.server.pid)
            with kernel.watched(it.who()) as used:
                await _flood(it, each)
            took = time.monotonic() - begun
            server = (kernel.seconds_alone(it.server.pid) - before) / took
            name = "texts through worker, pipe and ledger to the WebSocket"
            limit = limited_by(used["simulator"], server, sum(used.values()))
            figures.append(Figure(name, round(each * count / took), "/s", count, note=limit))
            figures += shares("as many texts come as can", used, count)
    return figures


async def _flood(it: Stage, each: int) -> None:
    wanted = sum(shop.texts for shop in it.shops) + each * len(it.shops)
    await asyncio.gather(*(shop.say_many("bom dia", each) for shop in it.shops))
    await until(lambda: sum(shop.texts for shop in it.shops) >= wanted)


def limited_by(simulator: float, server: float, all_together: float) -> str:
    """What kept it from being more, by how many cores each had; one process has one at most."""
    if simulator >= _FULL:
        return "limited by the simulator, which has a core to itself"
    if server >= _FULL:
        return "limited by the server's own process, which has a core to itself"
    if all_together >= _FULL * (os.cpu_count() or 1):
        return "limited by the machine's cores, which all have work"
    return "limited by waiting: no core is full"
