"""A server with its simulator and its shops, for one measurement."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import psutil

from bench import kernel
from bench.shops import DEADLINE, Shop, until, until_connected
from tests.simulator.real.simulator_process import SimulatorProcess

#: Shops that pair at once while that is not what is measured.
_AT_ONCE = 20


class Server(Protocol):
    """Any server that speaks the contract of `docs/api.md`, as far as it is measured."""

    url: str

    @property
    def pid(self) -> int:
        """Of the process that all others of it come from."""

    def start(self) -> None:
        """Start it and wait until it is ready; again after `close`, with what it has stored."""

    def close(self) -> None:
        """End it and all that it started."""


MakeServer = Callable[[Path, SimulatorProcess], Server]


@dataclass(frozen=True)
class Plan:
    """How much is measured, and of what."""

    counts: tuple[int, ...]
    """Of empresas, for what grows with them."""
    seconds: float
    """For which an idle server is watched; other phases are parts of it."""
    make_server: MakeServer
    is_ours: bool = True
    """Whether it is the server that the gates are about."""
    is_merging: bool = False
    """Whether ksmd is on."""

    @property
    def most(self) -> int:
        """The largest count."""
        return max(self.counts)


@dataclass
class Stage:
    """It all runs, and each shop's browser listens."""

    server: Server
    simulator: SimulatorProcess
    shops: list[Shop]
    idle: int
    """PSS of the server before anybody connected, in bytes."""
    listening: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def simulator_pid(self) -> int:
        """Of the simulator's process."""
        mine = psutil.Process().children()
        return next(p.pid for p in mine if p.cmdline()[1:3] == ["-m", "simulator"])

    def who(self, **besides: int) -> dict[str, int]:
        """Whose share of the processor is reported."""
        server = {"server": self.server.pid}
        return {**server, "simulator": self.simulator_pid, "bench": os.getpid(), **besides}

    async def pair(self) -> None:
        """Pair all shops, some at once."""
        places = asyncio.Semaphore(_AT_ONCE)

        async def in_turn(shop: Shop) -> None:
            async with places:
                await shop.connect()
                await until(lambda: shop.qr is not None)
                await shop.scan()
                await until(lambda: "connected" in shop.heard)

        await asyncio.gather(*(in_turn(shop) for shop in self.shops))

    async def restart(self) -> tuple[float, float]:
        """End the server and start it; seconds to ready and to all connected. Browsers are shut."""
        self.leave()
        await asyncio.to_thread(self.server.close)
        begun = time.monotonic()
        await asyncio.to_thread(self.server.start)
        ready = time.monotonic() - begun
        await until_connected(self.shops)
        return ready, time.monotonic() - begun

    def leave(self) -> None:
        """Let the browsers read no more."""
        for task in self.listening:
            task.cancel()


@asynccontextmanager
async def stage(plan: Plan, count: int) -> AsyncIterator[Stage]:
    """A fresh server, with so many shops that have never paired."""
    async with AsyncExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        simulator = SimulatorProcess(folder / "whatsapp")
        held.callback(simulator.close)
        server = plan.make_server(folder, simulator)
        held.callback(server.close)
        await asyncio.to_thread(server.start)
        idle = kernel.pss(server.pid)
        http = await held.enter_async_context(httpx.AsyncClient(timeout=DEADLINE))
        admin = simulator.where["admin"]
        shops = [Shop(number, server.url, admin, http) for number in range(1, count + 1)]
        made = Stage(server, simulator, shops, idle)
        held.callback(made.leave)
        for shop in shops:
            socket = await shop.open()
            held.push_async_callback(socket.close)
            made.listening.append(asyncio.create_task(shop.listen(socket)))
        yield made
