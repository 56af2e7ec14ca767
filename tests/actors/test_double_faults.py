"""Two troubles at once: an actor dies or hangs, and something else is under way."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors import messages as m
from actors.dead_letters import tell
from actors.restart_policy import RestartPolicy
from actors.status import Reason, State
from actors.system import System
from tests.actors.running_system import connected, listening, reaches
from tests.actors.test_hangs import Trap
from tests.actors.test_system import A, play
from tests.fake_clients import FakeClients
from whatsapp.port import Banned, ClientEvent, Replaced

SLOW = RestartPolicy(first=2.0, longest=2.0)


class Bomb:
    """No message of theirs: whoever gets it dies over it."""


async def sessions(system: System) -> list[Any]:
    """The session actors that live."""
    found = await system.live_actors()
    urns = [each.urn for each in found if each.class_name == "SessionActor"]
    return [pykka.ActorRegistry.get_by_urn(urn) for urn in urns]


async def bomb(system: System) -> None:
    """The one session dies."""
    (ref,) = await sessions(system)
    tell(ref, Bomb())
    await asyncio.to_thread(ref.actor_stopped.wait, 5)


def test_a_pairing_whose_session_crashes_goes_on_and_never_says_that_the_phone_removed_it(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 1)
        await system.connect(1, "+5521999999999")
        client = await asyncio.to_thread(clients.started, 1)
        client.show_qr()
        await ear.hears("status", state="awaiting_scan")
        await bomb(system)
        again = await asyncio.to_thread(clients.started, 1, 2)
        assert again.spec.pairing_phone == "+5521999999999"
        again.pair(A)
        await ear.hears("status", state="connected")
        states = [f["data"]["state"] for f in ear.frames if f["type"] == "status"]
        assert "logged_out" not in states
        assert "reconnecting" not in states

    play(tmp_path, story)


@pytest.mark.parametrize("end", [Banned(101, None), Replaced()])
def test_a_session_that_crashes_after_its_end_stays_at_its_end(
    tmp_path: Path, end: ClientEvent
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        clients.running[1].report(end)
        ended = await reaches(system, 1, State(type(end).__name__.lower()))
        await bomb(system)
        async with asyncio.timeout(10):
            while not await sessions(system):
                pass
        assert (await system.status(1))[0] == ended
        assert clients.starts[1] == 1

    play(tmp_path, story)


def test_a_logout_whose_session_crashes_is_carried_out(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        clients.running[1].unlinks = False
        await system.logout(1)
        await bomb(system)
        again = await asyncio.to_thread(clients.started, 1, 2)
        again.log_in(A)
        status = await reaches(system, 1, State.LOGGED_OUT)
        assert status.reason is Reason.BY_REQUEST
        assert not clients.is_linked(1)

    play(tmp_path, story)


def test_a_restart_that_is_due_starts_nothing_of_an_empresa_that_is_being_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session had died before the erasure began."""

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await system.disconnect(1)
        await reaches(system, 1, State.STOPPED)
        await bomb(system)
        ear = await listening(system, 1)
        await system.erase(1)
        client = await asyncio.to_thread(clients.started, 1, 2)
        client.log_in(A)
        assert await asyncio.to_thread(erasing.caught.wait, 10)
        tell(system.parts()[1].registry, m.SessionRestartDue(1, 1))
        assert not await sessions(system)
        erasing.release.set()
        await ear.until(lambda ear: ear.closed is not None)

    erasing = Trap(FakeClients.erase)
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", SLOW)
    monkeypatch.setattr(FakeClients, "erase", erasing)
    play(tmp_path, story)
