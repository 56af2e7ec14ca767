"""Many empresas in one server: memory, pairing, start and latency, with the real neonize.

    python -m bench.empresas [--count 50]

Server, simulator and this script share the machine; what the simulator and the script take of
the processor stands beside each figure.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from websockets.asyncio.client import ClientConnection, connect

from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

DEADLINE = 120.0
CUSTOMER = "+5511911119999"
MIB = 1024 * 1024


@dataclass
class Shop:
    """One empresa's browser, and when it heard what first."""

    empresa_id: int
    number: str
    socket: ClientConnection
    qr: str | None = None
    heard: dict[str, float] = field(default_factory=dict)
    said: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    async def listen(self) -> None:
        """Note the time of each frame."""
        async for text in self.socket:
            now, frame = time.monotonic(), json.loads(text)
            kind = frame["type"]
            if kind == "qr" and self.qr is None:
                self.qr = frame["data"]
                self.heard["qr"] = now
            elif kind == "status" and frame["data"]["connected"] and "seq" in frame:
                self.heard.setdefault("connected", now)
            elif kind == "message" and frame["data"]["text"] in self.said:
                self.latencies.append(now - self.said.pop(frame["data"]["text"]))


@dataclass
class Bench:
    """The processes and the shops of one run."""

    server: ServerProcess
    simulator: SimulatorProcess
    http: httpx.AsyncClient
    shops: list[Shop]
    report: dict[str, Any] = field(default_factory=dict)

    async def pair_one_at_a_time(self, shops: list[Shop]) -> None:
        """The figures of a shop that has the machine to itself."""
        to_qr, to_connected = [], []
        for shop in shops:
            begun = time.monotonic()
            await self._connect(shop)
            await _until(lambda shop=shop: "qr" in shop.heard)  # type: ignore[misc]
            to_qr.append(shop.heard["qr"] - begun)
            scanned = time.monotonic()
            await self._scan(shop)
            await _until(lambda shop=shop: "connected" in shop.heard)  # type: ignore[misc]
            to_connected.append(shop.heard["connected"] - scanned)
        self.report["connect to QR, one at a time, ms"] = _spread(to_qr)
        self.report["scan to connected, one at a time, ms"] = _spread(to_connected)

    async def pair_all_at_once(self, shops: list[Shop]) -> None:
        """As a morning when every shop opens."""
        begun = time.monotonic()
        await asyncio.gather(*(self._connect(shop) for shop in shops))
        await _until(lambda: all("qr" in shop.heard for shop in shops))
        self.report["connect to QR, all at once, ms"] = _spread(
            [shop.heard["qr"] - begun for shop in shops]
        )
        scanned = time.monotonic()
        await asyncio.gather(*(self._scan(shop) for shop in shops))
        await _until(lambda: all("connected" in shop.heard for shop in shops))
        self.report["scan to connected, all at once, ms"] = _spread(
            [shop.heard["connected"] - scanned for shop in shops]
        )

    async def texts(self, seconds: float, a_second: float) -> None:
        """Customers write to shop after shop at an even pace."""
        due, number = time.monotonic(), 0
        end = due + seconds
        sending = set()
        while due < end:
            shop = self.shops[number % len(self.shops)]
            text = f"texto {number}"
            shop.said[text] = time.monotonic()
            sending.add(asyncio.create_task(self._say(shop.number, text)))
            number += 1
            due += 1 / a_second
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.gather(*sending)
        await _until(lambda: not any(shop.said for shop in self.shops))
        latencies = [latency for shop in self.shops for latency in shop.latencies]
        self.report[f"customer's send to WebSocket at {a_second:g} texts/s, ms"] = _spread(
            latencies
        )

    async def _connect(self, shop: Shop) -> None:
        answer = await self.http.post(f"{self.server.url}/api/bot/connect/{shop.empresa_id}")
        answer.raise_for_status()

    async def _scan(self, shop: Shop) -> None:
        body = {"number": shop.number, "image": shop.qr}
        answer = await self.http.post(f"{self.simulator.where['admin']}/scan", json=body)
        answer.raise_for_status()

    async def _say(self, number: str, text: str) -> None:
        body = {"from": CUSTOMER, "to": number, "text": text}
        answer = await self.http.post(f"{self.simulator.where['admin']}/say", json=body)
        answer.raise_for_status()


async def run(folder: Path, count: int) -> dict[str, Any]:
    """Pair, measure, restart; answers the report."""
    simulator = SimulatorProcess(folder / "whatsapp")
    server = ServerProcess(folder, simulator)
    try:
        server.start()
        idle = _pss(server)
        async with httpx.AsyncClient(timeout=DEADLINE) as http, AsyncExitStack() as held:
            bench = Bench(server, simulator, http, await _shops(server, count, held))
            listening = [asyncio.create_task(shop.listen()) for shop in bench.shops]
            alone = min(5, count)
            await _measured(bench, "pairing alone", bench.pair_one_at_a_time(bench.shops[:alone]))
            await _measured(bench, "pairing", bench.pair_all_at_once(bench.shops[alone:]))
            await _measured(bench, "texts", bench.texts(seconds=20.0, a_second=50.0))
            bench.report |= _memory(server, idle, count)
            await _measured(bench, "idle", asyncio.sleep(10.0))
            for task in listening:
                task.cancel()
            await _measured(bench, "restart", _restart(bench, count))
            return {"empresas": count, **bench.report}
    finally:
        server.stop()
        simulator.close()


async def _shops(server: ServerProcess, count: int, held: AsyncExitStack) -> list[Shop]:
    shops = []
    for empresa_id in range(1, count + 1):
        address = f"ws://127.0.0.1:{server.port}/ws?empresa_id={empresa_id}"
        opening = connect(address, proxy=None, open_timeout=DEADLINE)
        socket = await held.enter_async_context(opening)
        shops.append(Shop(empresa_id, f"+5521988{empresa_id:06}", socket))
    return shops


async def _restart(bench: Bench, count: int) -> None:
    """Stop and start the server: how long until all are connected again."""
    await asyncio.to_thread(bench.server.stop)
    begun = time.monotonic()
    await asyncio.to_thread(bench.server.start)
    bench.report["start to ready, s"] = round(time.monotonic() - begun, 2)
    while await _connected(bench) < count:
        if time.monotonic() > begun + DEADLINE:
            raise TimeoutError("not all are connected")
        await asyncio.sleep(0.1)
    bench.report["start to all connected, s"] = round(time.monotonic() - begun, 2)


async def _connected(bench: Bench) -> int:
    answer = await bench.http.get(f"{bench.server.url}/api/bot/sessions")
    return sum(session["connected"] for session in answer.json()["sessions"])


async def _measured(bench: Bench, name: str, work: Awaitable[None]) -> None:
    """Do it, and report who took how much of a core meanwhile."""
    before, begun = _cpu(bench), time.monotonic()
    await work
    took = time.monotonic() - begun
    after = _cpu(bench)
    used: dict[str, float] = {}
    for (who, pid), seconds in after.items():
        used[who] = used.get(who, 0.0) + seconds - before.get((who, pid), 0.0)
    shares = {who: round(seconds / took, 2) for who, seconds in used.items()}
    bench.report[f"cores used while {name}"] = shares


def _cpu(bench: Bench) -> dict[tuple[str, int], float]:
    """Processor seconds by who and pid: the server's processes come and go."""
    simulator = httpx.get(f"{bench.simulator.where['admin']}/stats").json()["cpuSeconds"]
    return {
        ("simulator", 0): simulator,
        ("bench", 0): time.process_time(),
        **{("server and workers", p.pid): _seconds(p) for p in bench.server.processes()},
    }


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _pss(server: ServerProcess) -> dict[int, int]:
    """PSS in bytes by pid, of the server and all that it started."""
    found = {}
    for process in server.processes():
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
        line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
        found[process.pid] = int(line.split()[1]) * 1024
    return found


def _memory(server: ServerProcess, idle: dict[int, int], count: int) -> dict[str, Any]:
    full = _pss(server)
    workers = [size for pid, size in full.items() if pid not in idle]
    return {
        "memory of the idle server, all processes, MiB PSS": round(sum(idle.values()) / MIB, 1),
        "memory of all processes, MiB PSS": round(sum(full.values()) / MIB, 1),
        "memory per empresa, all that it adds, MiB PSS": round(
            (sum(full.values()) - sum(idle.values())) / count / MIB, 2
        ),
        "memory of a worker, mean, MiB PSS": round(statistics.mean(workers) / MIB, 2),
    }


def _spread(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(1000 * value for value in seconds)
    return {
        "n": len(ordered),
        "p50": round(statistics.median(ordered), 1),
        "p99": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        "max": round(ordered[-1], 1),
    }


async def _until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not met():  # noqa: ASYNC110 - one look for many sockets
            await asyncio.sleep(0.005)


def main() -> None:
    """Print the report as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.empresas")
    parser.add_argument("--count", type=int, default=50, help="how many empresas")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(run(Path(folder), arguments.count))
    report["cores"] = os.cpu_count()
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
