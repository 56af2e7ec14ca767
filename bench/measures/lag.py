"""How late the event loop is, and the look at all actors, while many browsers are written to."""

from __future__ import annotations

import asyncio
import os
import time

import httpx

from bench import kernel
from bench.children import listeners
from bench.figures import Figure, shares, spread
from bench.flooded_server import FloodedServer, flooded_server
from bench.shops import DEADLINE
from bench.stage import Plan
from tests.no_tls import NO_TLS
from tests.simulator.real.process import Process

#: Events a second over all empresas, and who hears each.
RATE = 200
LISTENERS = 5
#: Seconds until the texts come, and between two looks at all actors.
_LEAD = 1.0
_LOOK = 0.5


async def lag(plan: Plan) -> list[Figure]:
    """For the largest count of empresas, whose workers write without WhatsApp."""
    return await asyncio.to_thread(_lag, plan.most, plan.seconds / 3)


def _lag(count: int, seconds: float) -> list[Figure]:
    each = max(1, int(seconds * RATE / count))
    with flooded_server(count) as server:
        heard = each * count * LISTENERS
        with listeners(server.url, empresas=count, each=LISTENERS, opening=1, frames=heard) as ears:
            looks, late, used = _watch(server, ears, each, count / RATE)
    return [
        *spread("the event loop is late", late, count),
        *spread("GET /api/admin/actors", looks, count),
        *shares("200 events a second go to 5 listeners each", used, count),
    ]


def _watch(
    server: FloodedServer, ears: Process, each: int, every: float
) -> tuple[list[float], list[float], dict[str, float]]:
    pid = ears.wait_for(lambda line: "ready" in line)["pid"]
    who = {"server, workers": server.pid, "listeners": pid, "bench": os.getpid()}
    begin = time.monotonic() + _LEAD
    end = begin + each * every
    server.flood(begin, each, every)
    time.sleep(_LEAD)
    looks: list[float] = []
    with kernel.watched(who) as used, httpx.Client(timeout=DEADLINE, verify=NO_TLS) as http:
        while time.monotonic() < end or not looks:
            asked = time.monotonic()
            http.get(f"{server.url}/api/admin/actors").raise_for_status()
            looks.append(time.monotonic() - asked)
            time.sleep(_LOOK)
    ears.wait_for(lambda line: "first" in line, DEADLINE)
    return looks, server.lags(begin, end), used
