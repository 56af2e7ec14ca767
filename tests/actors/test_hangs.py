"""An actor of the tree that hangs: it is replaced, and nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from actors.archive import ArchiveActor
from actors.children import Children
from actors.errors import DeadlineExceeded
from actors.reader import ReaderActor
from actors.recorder import Recorder
from actors.registry import RegistryActor
from actors.session import SessionActor
from actors.system import System
from actors.watchdog import watchdog
from persistence import ledger
from tests.actors.doubles import Trap
from tests.actors.running_system import A, B, connected, listening, play
from tests.fake_clients import FakeClient, FakeClients, text
from tests.simulator.real.waiting import wait_until

SetTrap = Callable[[Any, str], Trap]


@pytest.fixture(name="trap")
def _trap(monkeypatch: pytest.MonkeyPatch) -> Iterator[SetTrap]:
    traps: list[Trap] = []

    def put(owner: Any, name: str) -> Trap:
        traps.append(Trap(getattr(owner, name)))
        monkeypatch.setattr(owner, name, traps[-1])
        return traps[-1]

    for actor in (SessionActor, RegistryActor, ArchiveActor, ReaderActor):
        monkeypatch.setattr(actor, "hang_seconds", 0.5)
    yield put
    for trap in traps:
        trap.release.set()
    wait_until(lambda: not watchdog.abandoned())


def test_a_session_that_hangs_is_replaced_and_its_neighbour_goes_on(
    tmp_path: Path, trap: SetTrap
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await connected(system, clients, 2, B)
        ear, other = await listening(system, 1), await listening(system, 2)
        confirming = trap(FakeClient, "confirm")
        clients.running[1].report(text(1, "hangs"))
        await asyncio.to_thread(confirming.caught.wait, 10)
        clients.running[2].report(text(1, "next door"))
        await other.hears("message", text="next door")
        await ear.hears("status", state="reconnecting", reason="internal_error")
        again = await asyncio.to_thread(clients.started, 1, 2)
        again.log_in(A)
        await ear.hears("status", state="connected")
        again.report(text(2, "after"))
        await ear.hears("message", text="after")
        confirming.release.set()
        assert other.numbers() == sorted(set(other.numbers()))
        assert not [f for f in other.frames if f["type"] == "status" and "seq" in f]

    play(tmp_path, story)


def test_a_registry_that_hangs_is_replaced_with_its_sessions(tmp_path: Path, trap: SetTrap) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1)
        looking = trap(Children, "statuses")
        with pytest.raises(DeadlineExceeded):
            async with asyncio.timeout(30):
                await system.statuses()
        assert looking.caught.is_set()
        await ear.until(lambda ear: ear.closed is not None)
        again = await asyncio.to_thread(clients.started, 1, 2)
        ear = await listening(system, 1)
        again.log_in(A)
        await ear.hears("status", state="connected")
        assert set((await system.readiness()).values()) == {"ok"}

    play(tmp_path, story)


def test_an_archive_that_hangs_is_replaced_and_loses_no_event(
    tmp_path: Path, trap: SetTrap
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        trap(Recorder, "record")
        clients.running[1].report(text(1, "in the middle"))
        again = await asyncio.to_thread(clients.started, 1, 2)
        again.log_in(A)
        for entry in (*clients.unconfirmed(1, 0, 10), text(2, "after")):
            again.report(entry)  # as every worker begins with what its journal holds
        ear = await listening(system, 1, since=0)
        await ear.hears("message", text="after")
        texts = [f["data"]["text"] for f in ear.frames if f["type"] == "message"]
        assert texts == ["in the middle", "after"]

    play(tmp_path, story)


def test_a_reader_that_hangs_is_replaced(tmp_path: Path, trap: SetTrap) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        trap(ledger, "page")
        with pytest.raises(DeadlineExceeded):
            await system.events(1, 0, 10)
        await asyncio.to_thread(clients.started, 1, 2)
        assert (await system.events(1, 0, 10)).events

    play(tmp_path, story)
