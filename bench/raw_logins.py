"""How many clients one simulator holds: raw logins at once, each of which then gets one text.

Run from the project's root: `python -m bench.raw_logins [--devices 1000]`. The clients are raw
ones, all in this process; real ones cost far more than the simulator does.
"""

import argparse
import asyncio
import resource
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.simulator.raw_client import RawClient, close_all, linked, logged_in
from tests.simulator.raw_device import RawDevice
from tests.simulator.real.simulator_process import SimulatorProcess

CUSTOMER = "+5521900000000"
AT_ONCE = 20
GREETINGS = 3
PATIENCE_SECONDS = 120.0
MIB = 1 << 20
T = TypeVar("T")


def main() -> None:
    """Run the bench and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=1000)
    devices = parser.parse_args().devices
    RawClient.wait_seconds = PATIENCE_SECONDS
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory() as folder:
        simulator = SimulatorProcess(Path(folder) / "state")
        try:
            asyncio.run(Bench(simulator).run(devices))
        finally:
            simulator.close()


class Bench:
    """One run against one simulator."""

    def __init__(self, simulator: SimulatorProcess) -> None:
        self._simulator = simulator

    async def run(self, count: int) -> None:
        """Link, let all log in at once, write to each."""
        numbers = [f"+5511{900000000 + index}" for index in range(count)]
        with self._measured(f"{count} linked, logged in and greeted"):
            devices = await _some_at_once(self._link, numbers)
        await close_all()
        with self._measured(f"{count} logins at once"):
            clients = await asyncio.gather(*(self._log_in(device) for device in devices))
        with self._measured(f"{count} texts, each acknowledged"):
            arriving = [asyncio.create_task(_receive(client)) for client in clients]
            await _some_at_once(self._say, numbers)
            await asyncio.gather(*arriving)
        stats = self._simulator.get("/stats")
        print(f"connections {stats['connections']}, refusals {stats['refusals'] or 'none'}")
        assert stats["connections"] == count
        await close_all()

    async def _link(self, number: str) -> RawDevice:
        scan = lambda text: self._simulator.post("/scan", number=number, qr=text)  # noqa: E731 - handed on
        device = await linked(self._simulator.where, scan)
        client = await logged_in(self._simulator.where, device)
        for _ in range(GREETINGS):
            client.acknowledge(await client.expect("message"))
        await client.ask("w:p", "get")
        await client.closed()
        return device

    async def _log_in(self, device: RawDevice) -> RawClient:
        return await logged_in(self._simulator.where, device)

    async def _say(self, number: str) -> None:
        words = {"from": CUSTOMER, "to": number, "text": "Tem o Fusca?"}
        await asyncio.to_thread(self._simulator.post, "/say", **words)

    @contextmanager
    def _measured(self, what: str) -> Iterator[None]:
        before, start = self._simulator.get("/stats"), time.monotonic()
        yield
        seconds, after = time.monotonic() - start, self._simulator.get("/stats")
        cpu = after["cpuSeconds"] - before["cpuSeconds"]
        print(
            f"{what}: {seconds:.2f} s, simulator's processor {cpu:.2f} s, "
            f"memory {after['rssBytes'] / MIB:.0f} MiB"
        )


async def _receive(client: RawClient) -> None:
    client.acknowledge(await client.expect("message"))
    await client.expect("ack")


async def _some_at_once(job: Callable[[str], Awaitable[T]], numbers: list[str]) -> list[T]:
    places = asyncio.Semaphore(AT_ONCE)

    async def in_turn(number: str) -> T:
        async with places:
            return await job(number)

    return await asyncio.gather(*(in_turn(number) for number in numbers))


if __name__ == "__main__":
    main()
