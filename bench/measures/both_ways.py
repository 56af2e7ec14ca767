"""Texts both ways at once: how long one takes, and how many a second there may be."""

from __future__ import annotations

import asyncio
import time

from bench import kernel
from bench.children import child
from bench.costs import costs
from bench.figures import Figure, shares, spread
from bench.measures.messages import limited_by
from bench.shops import CUSTOMER, DEADLINE, until
from bench.stage import Plan, Stage, stage

#: Texts a second each way, where they come evenly.
RATE = 25.0
#: Texts each way for each second of the plan, where they come as fast as can be.
_A_SECOND = 40
_LOOK = 0.05


async def both_ways(plan: Plan) -> list[Figure]:
    """Each empresa gets and sends: evenly, then as fast as can be; and what a text costs."""
    figures = await asyncio.to_thread(costs) if plan.is_ours else []
    for count in plan.counts:
        async with stage(plan, count) as it:
            await it.pair()
            # Who has written is answered at once.
            await _incoming(it, 1)
            figures += await _evenly(it, plan.seconds / 3, count)
            figures += await _at_once(it, int(_A_SECOND * plan.seconds) // count or 1, count)
    return figures


async def _evenly(it: Stage, seconds: float, count: int) -> list[Figure]:
    doing: set[asyncio.Task[None]] = set()
    due, number = time.monotonic(), 0
    end = due + seconds
    while due < end:
        shop = it.shops[number % count]
        doing |= {
            asyncio.create_task(shop.say(f"pergunta {number}")),
            asyncio.create_task(shop.send(f"resposta {number}")),
        }
        number += 1
        due += 1 / RATE
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    await asyncio.gather(*doing)
    await until(lambda: not any(shop.said for shop in it.shops))
    await until(lambda: all(shop.sent.keys() <= shop.delivered.keys() for shop in it.shops))
    got = [latency for shop in it.shops for latency in shop.latencies]
    went = [shop.delivered[each] - at for shop in it.shops for each, at in shop.sent.items()]
    at = f"at {RATE:g} texts a second each way"
    return [
        *spread(f"customer to WebSocket {at}", got, count),
        *spread(f"POST to the phone's receipt on the WebSocket {at}", went, count),
    ]


async def _at_once(it: Stage, each: int, count: int) -> list[Figure]:
    has = await _has(it, 0)
    begun, before = time.monotonic(), kernel.seconds_alone(it.server.pid)
    with kernel.watched(it.who()) as used:
        came, went = await asyncio.gather(_incoming(it, each), _outgoing(it, each, has))
    took = max(came, went) - begun
    server = (kernel.seconds_alone(it.server.pid) - before) / took
    limit = limited_by(used["simulator"], server, sum(used.values()))
    return [
        Figure("texts in, while as many go out", round(each * count / (came - begun)), "/s", count),
        Figure(
            "texts out, while as many come in",
            round(each * count / (went - begun)),
            "/s",
            count,
            note=limit,
        ),
        *shares("as many texts come and go as can", used, count),
    ]


async def _incoming(it: Stage, each: int) -> float:
    """So many to each shop; when the last was heard."""
    wanted = {shop.empresa_id: shop.texts + each for shop in it.shops}
    await asyncio.gather(*(shop.say_many("bom dia", each) for shop in it.shops))
    await until(lambda: all(shop.texts >= wanted[shop.empresa_id] for shop in it.shops))
    return time.monotonic()


async def _outgoing(it: Stage, each: int, has: int) -> float:
    """So many from each shop; when the customer's phone had the last."""
    count = len(it.shops)
    arguments = (it.server.url, str(count), str(each), CUSTOMER)
    with child("bench.poster", *arguments) as poster:
        await asyncio.to_thread(poster.wait_for, lambda line: "accepted" in line, DEADLINE)
        async with asyncio.timeout(DEADLINE):
            while await _has(it, has) < each * count:  # noqa: ASYNC110 - the phone is asked
                await asyncio.sleep(_LOOK)
    return time.monotonic()


async def _has(it: Stage, after: int) -> int:
    """How many texts the customer's phone has decrypted, but for so many."""
    return len(await it.shops[0].received(after))
