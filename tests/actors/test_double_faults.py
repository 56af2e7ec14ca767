"""Two troubles at once: an actor dies or hangs, and something else is under way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pykka
import pytest

from actors import messages as m
from actors.archive import ArchiveActor
from actors.children import Children
from actors.dead_letters import tell
from actors.reply import ask
from actors.restart_policy import RestartPolicy
from actors.status import Reason, State
from actors.system import System
from persistence import empresas, ledger
from persistence.database import Database
from tests.actors.doubles import Trap
from tests.actors.running_system import A, connected, listening, play, reaches
from tests.fake_clients import FakeClients, text
from tests.simulator.real.waiting import wait_until
from whatsapp.port import Banned, ClientEvent, Replaced

SLOW = RestartPolicy(first=2.0, longest=2.0)


class Bomb:
    """No message of theirs: whoever gets it dies over it."""


async def sessions(system: System) -> list[Any]:
    """The session actors that live."""
    await asyncio.sleep(0)
    found = [each for each in system.tree.look() if each.is_alive]
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


def test_a_registry_that_ends_late_strikes_off_nothing_of_its_successor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive has died; the registry is busy, and hears only later that it is over."""
    looking = Trap(Children.statuses)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        await system.disconnect(1)
        await reaches(system, 1, State.STOPPED)
        directory = system.parts()[1]
        services, broadcast = directory.services(), directory.broadcast(1)
        assert broadcast is not None
        tell(directory.registry, m.SessionStatuses())
        assert await asyncio.to_thread(looking.caught.wait, 10)
        tell(directory.archive, Bomb())
        await asyncio.to_thread(wait_until, lambda: directory.services() not in ((), services))
        assert list(await system.statuses()) == [1]
        looking.release.set()
        assert await asyncio.to_thread(broadcast.actor_stopped.wait, 10)
        assert (await system.status(1))[0].state is State.STOPPED

    monkeypatch.setattr(Children, "statuses", looking)
    play(tmp_path, story)


def test_the_database_has_one_archive_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The registry has died, and the archive still writes its last when all may start again."""
    writing = Trap(ArchiveActor.ended)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        root, directory, *_ = system.parts()
        tell(directory.registry, Bomb())
        assert await asyncio.to_thread(writing.caught.wait, 10)
        tell(root, m.TimerFired("restart", 1))
        await ask(root, m.ServicesStarted())
        assert directory.services() == ()
        writing.release.set()
        await asyncio.to_thread(wait_until, directory.services)
        assert list(await system.statuses()) == [1]

    monkeypatch.setattr("actors.root.ROOT_RESTARTS", RestartPolicy(first=60.0, longest=60.0))
    monkeypatch.setattr(ArchiveActor, "ended", writing)
    play(tmp_path, story)


def test_what_was_committed_and_told_nobody_is_no_silent_gap(tmp_path: Path) -> None:
    """As by an archive that was given up in the middle of a commit, which then succeeded."""
    database = Database(f"sqlite:///{tmp_path / 'vendeai.db'}")

    def commit() -> None:
        writer = database.writer()
        with writer.transaction() as connection:
            late = m.NewEvent("message", datetime.now(UTC), {"text": "late"}, "late")
            ledger.append(connection, empresas.ensure(connection, [1]), {1: [late]})
        writer.close()

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 1, A)
        ear = await listening(system, 1, since=0)
        await ear.hears("status", state="connected")
        await asyncio.to_thread(commit)
        clients.running[1].report(text(1, "after"))
        await ear.until(lambda ear: ear.closed is not None)
        assert ear.closed == (1013, "try again")
        again = await listening(system, 1, since=max(ear.numbers()))
        await again.hears("message", text="after")
        numbers = ear.numbers() + again.numbers()
        assert numbers == list(range(1, max(numbers) + 1))

    play(tmp_path, story)
