"""The whole actor tree on a real database, with the fake port, as a test starts and stops it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from actors.bootstrap import start_system, stop_system
from actors.messages import Listener
from actors.status import State, Status
from actors.system import System
from media.retention import Limits
from media.store import MediaStore
from media.whatsapp_site import WhatsappSite
from tests.databases import sqlite_database
from tests.fake_clients import FakeClients
from tests.handling.handlers import HANDLERS
from tests.unhurried import PACE

DEADLINE = 10.0
#: Numbers of shops.
A, B = "+5521999990001", "+5511888880002"
Story: TypeAlias = Callable[[System, FakeClients], Awaitable[None]]


@dataclass
class Ear:
    """A listener that keeps what it hears."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    gate: asyncio.Event | None = None
    """Given: frames are written only while it is set, as to a browser that does not read."""

    def __post_init__(self) -> None:
        self._changed = asyncio.Event()
        self.listener = Listener(self._send, self._close)

    async def _send(self, frame: str) -> None:
        if self.gate is not None:
            await self.gate.wait()
        self.frames.append(json.loads(frame))
        self._changed.set()

    def _close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)
        self._changed.set()

    async def until(self, met: Callable[[Ear], bool]) -> None:
        async with asyncio.timeout(DEADLINE):
            while not met(self):
                self._changed.clear()
                await self._changed.wait()

    async def hears(self, kind: str, **data: object) -> dict[str, Any]:
        """Wait for a frame of that type whose data has these values; a status is a numbered one."""

        def fits(frame: dict[str, Any]) -> bool:
            found = frame["data"]
            if kind == "status" and "seq" not in frame:
                return False
            return frame["type"] == kind and all(
                isinstance(found, dict) and found.get(name) == value for name, value in data.items()
            )

        await self.until(lambda ear: any(fits(frame) for frame in ear.frames))
        return next(frame for frame in reversed(self.frames) if fits(frame))

    def numbers(self) -> list[int]:
        return [frame["seq"] for frame in self.frames if "seq" in frame]


@asynccontextmanager
async def running_system(
    folder: Path,
    clients: FakeClients,
    handlers: Mapping[str, str] = HANDLERS,
    site: WhatsappSite | None = None,
) -> AsyncIterator[System]:
    database = sqlite_database(folder / "vendeai.db")
    store = MediaStore(folder / "media", Limits(budget=0, days=0), kept_free=0)
    system = await start_system(
        database=database,
        clients=clients,
        store=store,
        pace=PACE,
        handlers=handlers,
        site=site,
    )
    try:
        yield system
    finally:
        await stop_system(system, DEADLINE)


def play(
    folder: Path,
    story: Story,
    clients: FakeClients | None = None,
    site: WhatsappSite | None = None,
) -> FakeClients:
    """A story from the start of a system to its end."""
    clients = clients or FakeClients()

    async def run() -> None:
        async with running_system(folder, clients, site=site) as system:
            await story(system, clients)

    asyncio.run(run())
    return clients


async def listening(system: System, empresa_id: int, **join: Any) -> Ear:
    ear = Ear(gate=join.pop("gate", None))
    await system.join(empresa_id, ear.listener, join.get("since"), join.get("ledger_id"))
    return ear


async def connected(system: System, clients: FakeClients, empresa_id: int, number: str) -> None:
    """Connect, show a QR, let the phone scan it; the event that says so is in the ledger."""
    ear = await listening(system, empresa_id)
    await system.connect(empresa_id)
    client = await asyncio.to_thread(clients.started, empresa_id)
    client.show_qr()
    client.pair(number)
    await ear.hears("status", state="connected")
    system.leave(empresa_id, ear.listener)


async def reaches(system: System, empresa_id: int, state: State) -> Status:
    """Wait until the status says so, awake at each of its events."""
    ear = await listening(system, empresa_id)
    try:
        while True:
            status, _ = await system.status(empresa_id)
            if status.state is state:
                return status
            seen = len(ear.frames)
            await ear.until(lambda ear: len(ear.frames) > seen)  # noqa: B023 - awaited here
    finally:
        system.leave(empresa_id, ear.listener)
