"""What becomes of a wish whose session dies before it has read it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from actors.status import State
from actors.system import System
from tests.actors.running_system import DEADLINE, connected, reaches, running_system
from tests.fake_clients import FakeClient, FakeClients, text

Wish: TypeAlias = Callable[[System, int], Awaitable[object]]


@pytest.mark.parametrize(
    ("wish", "state"),
    [
        (System.connect, State.RECONNECTING),
        (System.restart, State.CONNECTING),
        (System.disconnect, State.STOPPED),
        (System.logout, State.CONNECTING),
    ],
)
def test_the_next_session_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: Wish, state: State
) -> None:
    is_busy, is_free = threading.Event(), threading.Event()

    def confirm(_client: FakeClient, _entry_id: int) -> None:
        is_busy.set()
        assert is_free.wait(DEADLINE)

    async def story() -> None:
        clients = FakeClients()
        async with running_system(tmp_path, clients) as system:
            await connected(system, clients, 5, "+5521999990001")
            client = clients.started(5)
            client.report(text(1, "Oi"))
            assert await asyncio.to_thread(is_busy.wait, DEADLINE)
            client.die()
            asked = asyncio.ensure_future(wish(system, 5))
            await _until_both_wait(system)
            is_free.set()
            await asked
            await reaches(system, 5, state)

    monkeypatch.setattr(FakeClient, "confirm", confirm)
    asyncio.run(story())


async def _until_both_wait(system: System) -> None:
    """The death and the wish are in the session's inbox."""
    async with asyncio.timeout(DEADLINE):
        while True:
            for actor in system.tree.look():
                if actor.class_name == "SessionActor" and actor.inbox >= 2:
                    return
            await asyncio.sleep(0)
