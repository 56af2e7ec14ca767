"""What tests do to a simulator whose clients are raw: phones act, devices are linked to them."""

import asyncio
from collections.abc import Callable
from typing import Any

from simulator.nodes import node
from tests.simulator.raw_client import RawClient, Where, linked, logged_in
from tests.simulator.raw_device import RawDevice
from tests.simulator.real.simulator_process import SimulatorProcess

Event = dict[str, Any]


class People:
    """Owners of phones at one simulator. Blocking calls run beside the event loop."""

    def __init__(self, simulator: SimulatorProcess, number: Callable[[], str]) -> None:
        self.simulator = simulator
        self.new_number = number

    @property
    def where(self) -> Where:
        """Where the simulator listens."""
        return self.simulator.where

    async def post(self, path: str, **body: object) -> Event:
        """Tell the admin API."""
        return await asyncio.to_thread(self.simulator.post, path, **body)

    async def get(self, path: str) -> Event:
        """Ask the admin API."""
        return await asyncio.to_thread(self.simulator.get, path)

    async def clear(self, query: str = "") -> list[Event]:
        """Clear faults; return them."""
        cleared = await asyncio.to_thread(self.simulator.delete, f"/faults{query}")
        return list(cleared["cleared"])

    async def say(self, sender: str, to: str, text: str, count: int | None = None) -> list[str]:
        """Write from a phone; return the ids."""
        more = {} if count is None else {"count": count}
        said = await self.post("/say", **{"from": sender}, to=to, text=text, **more)
        return [str(number) for number in said["ids"]]

    async def expire(self, number: str, message: str) -> None:
        """Have the media servers forget the file of a message that a phone sent."""
        await asyncio.to_thread(self.simulator.delete, f"/media?number={number[1:]}&id={message}")

    async def received(self, number: str) -> list[Event]:
        """Return what a phone has received."""
        return list((await self.get(f"/received?number={number[1:]}"))["messages"])

    async def refusals(self, kind: str) -> int:
        """Return how often the server has refused something of this kind."""
        return int((await self.get("/stats"))["refusals"].get(kind, 0))

    async def queue(self, number: str) -> list[Event]:
        """Return what the server knows of the stanzas for a number's devices."""
        return list((await self.get(f"/queue?number={number[1:]}"))["stanzas"])

    async def link(self, number: str, device: RawDevice | None = None) -> RawDevice:
        """Link a device to a phone."""
        scan = lambda text: self.simulator.post("/scan", number=number, qr=text)  # noqa: E731 - one expression, handed on
        return await linked(self.where, scan, device)

    async def log_in(self, device: RawDevice, *, active: bool = True) -> RawClient:
        """Log a linked device in."""
        return await logged_in(self.where, device, active=active)

    async def be_available(self, *clients: RawClient) -> None:
        """Let clients be online, and see to it that the server knows."""
        for client in clients:
            client.send(node("presence", {"type": "available", "name": "Loja"}))
            await client.ask("w:p", "get")

    async def shop(self) -> tuple[str, RawDevice, RawClient]:
        """Return a new number with one device, linked, logged in and greeted."""
        number = self.new_number()
        device = await self.link(number)
        client = await self.log_in(device)
        # It has left no one-time keys, so it is asked for some; then its phone greets it.
        client.acknowledge(await client.expect("notification"))
        for _ in range(3):
            client.acknowledge(await client.expect("message"))
        for _ in range(3):
            await client.expect("ack")
        return number, device, client
