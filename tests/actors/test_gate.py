"""Many empresas that fail for one cause, in the whole actor tree with the fake port."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from actors.restart_policy import RestartPolicy
from actors.status import State
from actors.system import System
from tests.actors.running_system import DEADLINE, connected, play, reaches
from tests.fake_clients import FakeClient, FakeClients
from whatsapp.port import ClientOutdated, LinkDown

EVERYBODY = range(1, 9)
LATER = RestartPolicy(first=3600.0, longest=3600.0)
SOON = RestartPolicy(first=0.02, longest=0.06)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.breaker.PROBES", SOON)
    monkeypatch.setattr("actors.breaker.OUTDATED_PROBES", SOON)
    monkeypatch.setattr("actors.session.LINK_RETRIES", SOON)
    monkeypatch.setattr("actors.registry.SESSION_RESTARTS", SOON)


def number(empresa_id: int) -> str:
    return f"+55219999900{empresa_id:02}"


def refuse(client: FakeClient) -> None:
    client.report(LinkDown("whatsapp_unreachable", "refused"))
    client.die(0)


async def all_connected(system: System, clients: FakeClients) -> None:
    for empresa_id in EVERYBODY:
        await connected(system, clients, empresa_id, number(empresa_id))


async def next_client(clients: FakeClients) -> FakeClient:
    """The one that runs, as soon as one does."""
    async with asyncio.timeout(DEADLINE):
        while not (running := list(clients.running.values())):
            await asyncio.to_thread(clients.wait_for_start, 0.01)
    return running[0]


async def turn_away(client: FakeClient) -> None:
    """As WhatsApp does with an outdated one; the session ends it."""
    client.report(ClientOutdated())
    async with asyncio.timeout(DEADLINE):
        while not client.is_over:
            await asyncio.to_thread(client.clients.wait_for_start, 0.01)


async def until_open(system: System) -> str:
    async with asyncio.timeout(DEADLINE):
        while (found := await system.common_trouble()) is None:
            pass
    return found


async def fail_all(system: System, clients: FakeClients) -> None:
    """Each retry as well, until all but the one that tries are held."""
    connected = sum(status.connected for status, _ in (await system.statuses()).values())
    async with asyncio.timeout(DEADLINE):
        while held(system) < connected - 1:
            await asyncio.sleep(0)
            for client in list(clients.running.values()):
                refuse(client)


def held(system: System) -> int:
    return sum(actor.waiting.cause is not None for actor in system.tree.look())


def test_while_whatsapp_refuses_all_one_at_a_time_tries_and_the_first_frees_the_others(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        await fail_all(system, clients)
        tried = []
        for _ in range(20):
            client = await next_client(clients)
            assert len(clients.running) == 1
            tried.append(client.spec.empresa_id)
            refuse(client)
        assert set(tried) == set(EVERYBODY)
        assert held(system) >= len(EVERYBODY) - 1
        (await next_client(clients)).log_in(number(1))
        await all_log_in(system, clients)
        assert await system.common_trouble() is None

    with caplog.at_level(logging.INFO, "vendeai.registry"):
        play(tmp_path, story)
    said = [r.getMessage() for r in caplog.records if r.name == "vendeai.registry"]
    assert len(said) == 2
    assert "WhatsApp cannot be reached" in said[0]
    assert "got through" in said[1]


def test_who_is_connected_by_a_wish_tries_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        monkeypatch.setattr("actors.breaker.PROBES", LATER)
        await fail_all(system, clients)
        before = dict(clients.starts)
        await system.connect(5)
        client = await asyncio.to_thread(clients.started, 5, before[5] + 1)
        refuse(client)
        await system.restart(6)
        client = await asyncio.to_thread(clients.started, 6, before[6] + 1)
        assert await system.common_trouble() is not None
        client.log_in(number(6))
        await all_log_in(system, clients)

    play(tmp_path, story)


def test_who_is_disconnected_while_held_is_let_go_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        monkeypatch.setattr("actors.breaker.PROBES", LATER)
        await fail_all(system, clients)
        before = clients.starts[3]
        await system.disconnect(3)
        await reaches(system, 3, State.STOPPED)
        await system.restart(6)
        (await next_client(clients)).log_in(number(6))
        await all_log_in(system, clients, but=3)
        assert clients.starts[3] == before

    play(tmp_path, story)


def test_workers_that_all_die_at_once_use_up_no_restarts_beyond_those_that_showed_it(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        failing = asyncio.ensure_future(until_open(system))
        while not failing.done():
            for client in list(clients.running.values()):
                client.die()
            await asyncio.wait([failing], timeout=0.01)
        assert "workers" in await failing
        for _ in range(100):
            (await next_client(clients)).die()
        await all_log_in(system, clients)

    play(tmp_path, story)


def test_the_deaths_of_all_who_were_connected_are_no_common_cause(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        before = dict(clients.starts)
        for client in list(clients.running.values()):
            client.die()
        for empresa_id in EVERYBODY:
            await asyncio.to_thread(clients.started, empresa_id, before[empresa_id] + 1)
        assert await system.common_trouble() is None

    play(tmp_path, story)


def test_a_library_that_is_outdated_for_all_is_tried_and_all_come_back_once_it_is_not(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        for client in list(clients.running.values()):
            await turn_away(client)
        assert "405" in await until_open(system)
        for _ in range(10):
            client = await next_client(clients)
            assert len(clients.running) == 1
            await turn_away(client)
        await all_log_in(system, clients)

    play(tmp_path, story)


def test_one_that_alone_is_outdated_stays_so(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        before = clients.starts[4]
        await turn_away(clients.running[4])
        await reaches(system, 4, State.CLIENT_OUTDATED)
        await fail_all(system, clients)
        await all_log_in(system, clients, but=4)
        assert clients.starts[4] == before
        assert (await system.status(4))[0].state is State.CLIENT_OUTDATED

    play(tmp_path, story)


def test_a_server_that_starts_again_with_all_outdated_tries_one_and_then_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def become_outdated(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        monkeypatch.setattr("actors.breaker.OUTDATED_PROBES", LATER)
        for client in list(clients.running.values()):
            await turn_away(client)
        for empresa_id in EVERYBODY:
            await reaches(system, empresa_id, State.CLIENT_OUTDATED)

    async def upgraded(system: System, clients: FakeClients) -> None:
        await all_log_in(system, clients)

    clients = play(tmp_path, become_outdated)
    monkeypatch.setattr("actors.breaker.OUTDATED_PROBES", SOON)
    play(tmp_path, upgraded, clients)


def test_an_empresa_that_is_erased_while_held_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await all_connected(system, clients)
        monkeypatch.setattr("actors.breaker.PROBES", LATER)
        await fail_all(system, clients)
        before = clients.starts[7]
        await system.erase(7)
        client = await asyncio.to_thread(clients.started, 7, before + 1)
        client.log_in(number(7))
        async with asyncio.timeout(DEADLINE):
            while 7 in await system.statuses():
                pass
        await system.restart(6)
        (await next_client(clients)).log_in(number(6))
        await all_log_in(system, clients, but=7)

    play(tmp_path, story)


async def log_in(system: System, clients: FakeClients, empresa_id: int) -> None:
    """Whichever client comes next logs in, until this empresa is connected."""
    async with asyncio.timeout(DEADLINE):
        while not (await system.status(empresa_id))[0].connected:
            for each, client in list(clients.running.items()):
                if not (await system.status(each))[0].connected:
                    client.log_in(number(each))
            await asyncio.to_thread(clients.wait_for_start, 0.02)


async def all_log_in(system: System, clients: FakeClients, but: int | None = None) -> None:
    for empresa_id in set(EVERYBODY) - {but}:
        await log_in(system, clients, empresa_id)
