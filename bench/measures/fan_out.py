"""How many frames a second reach the listeners of one empresa, beside a plain loop's."""

from __future__ import annotations

import asyncio
import json
import os
import time

import httpx

from bench import kernel
from bench.children import PlainServer, listeners, plain_server
from bench.figures import Figure, shares
from bench.flooded_server import FloodedServer, flooded_server
from bench.shops import DEADLINE
from bench.stage import Plan
from tests.no_tls import NO_TLS
from tests.simulator.real.process import Event, Process

LISTENERS = 100
#: Frames to each, for each second of the plan.
_A_SECOND = 60
#: Seconds until the texts come.
_LEAD = 1.0


async def fan_out(plan: Plan) -> list[Figure]:
    """Both in one run, with frames of the same length; texts come faster than they can go out."""
    return await asyncio.to_thread(_fan_out, max(10, int(_A_SECOND * plan.seconds)))


def _fan_out(frames: int) -> list[Figure]:
    with flooded_server(1) as server:
        ours, used = _ours(server, frames)
        event = server.events(1)[-1]
    frame = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    with plain_server(frame.encode()) as plain:
        bare, bare_used = _bare(plain, frames)
    return [
        Figure("deliveries to 100 listeners of one empresa", round(ours), "/s", 1),
        Figure("plain loop, ready-made frames", round(bare), "/s", 1),
        Figure("ratio to the plain loop", round(ours / bare, 3), "", 1),
        *shares("fanning out", used, 1),
        *shares("the plain loop runs", bare_used, 1),
    ]


def _ours(server: FloodedServer, frames: int) -> tuple[float, dict[str, float]]:
    total = frames * LISTENERS
    with listeners(server.url, empresas=1, each=LISTENERS, opening=1, frames=total) as ears:
        who = {"server, worker": server.pid, "listeners": _pid(ears), "bench": os.getpid()}
        begin = time.monotonic() + _LEAD
        server.flood(begin, frames)
        time.sleep(_LEAD)
        with kernel.watched(who) as used:
            done = _done(ears)
    return total / (done["last"] - done["first"]), used


def _bare(plain: PlainServer, frames: int) -> tuple[float, dict[str, float]]:
    total = frames * LISTENERS
    with listeners(plain.url, empresas=1, each=LISTENERS, opening=0, frames=total) as ears:
        who = {"plain loop": plain.pid, "listeners": _pid(ears)}
        with kernel.watched(who) as used:
            httpx.get(
                f"{plain.url}/send?frames={frames}", timeout=DEADLINE, verify=NO_TLS
            ).raise_for_status()
            done = _done(ears)
    return total / (done["last"] - done["first"]), used


def _pid(ears: Process) -> int:
    pid: int = ears.wait_for(lambda line: "ready" in line)["pid"]
    return pid


def _done(ears: Process) -> Event:
    return ears.wait_for(lambda line: "first" in line, DEADLINE)
