"""What is left of an empresa that somebody looked at and nobody connected."""

from __future__ import annotations

import asyncio
from pathlib import Path

from actors.dead_letters import dead_letters
from actors.system import System
from tests.actors.running_system import DEADLINE, listening, running_system
from tests.fake_clients import FakeClients

NOTICE = ("RegistryActor", "ActorEnded")


def test_its_broadcast_ends_with_the_last_listener_and_is_no_dead_letter(tmp_path: Path) -> None:
    async def story() -> None:
        async with running_system(tmp_path, FakeClients()) as system:
            ear = await listening(system, 5)
            assert 5 in _broadcasts(system)
            system.leave(5, ear.listener)
            async with asyncio.timeout(DEADLINE):
                while 5 in _broadcasts(system):
                    await system.statuses()

    before = dead_letters.counts().get(NOTICE, 0)
    asyncio.run(story())
    assert dead_letters.counts().get(NOTICE, 0) == before


def _broadcasts(system: System) -> set[int | None]:
    return {each.empresa_id for each in system.tree.look() if each.class_name == "BroadcastActor"}
