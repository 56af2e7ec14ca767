"""Erasing an empresa through the whole tree, on a real database, with the fake port."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actors import erasures
from actors.eraser import EraserActor
from actors.errors import EmpresaErased, EmpresaErasing, EmpresaNotFound, Unavailable
from actors.status import State
from actors.system import System
from persistence import erasing
from persistence.database import Database
from tests.actors.running_system import DEADLINE, Ear, connected, listening, reaches, running_system
from tests.fake_clients import FakeClients, text

NUMBER = "+5521999999999"


def played(story: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    """On an event loop of its own."""

    @functools.wraps(story)
    def test(*args: Any, **kwargs: Any) -> None:
        asyncio.run(story(*args, **kwargs))

    return test


async def gone(ear: Ear) -> dict[str, object]:
    """Wait until the listener is told that the empresa was erased; the error's data."""
    await ear.until(lambda ear: ear.closed is not None)
    assert ear.closed == (1008, "empresa_erased")
    assert ear.frames[-1]["type"] == "error"
    data: dict[str, object] = ear.frames[-1]["data"]
    return data


async def erased(system: System, empresa_id: int) -> dict[str, object]:
    ear = await listening(system, empresa_id)
    await system.erase(empresa_id)
    return await gone(ear)


def traces(folder: Path, word: str) -> list[str]:
    """The files of the database in which a word is still to be found."""
    return [path.name for path in folder.glob("vendeai.db*") if word.encode() in path.read_bytes()]


def rows(folder: Path) -> dict[str, int]:
    """How many rows each table has, of whatever empresa."""
    with closing(sqlite3.connect(folder / "vendeai.db")) as connection:
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in ("alembic_version", "write_probes", "event_orders")
        ]
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
            for name in names
        }


@played
async def test_an_erased_empresa_is_unlinked_and_unknown(tmp_path: Path) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        await connected(system, clients, 6, "+5521888888888")
        assert (await erased(system, 5))["unlinked"] is True
        assert clients.erased == [5]
        assert clients.linked == {6}
        for question in (system.status(5), system.events(5, 0, 10), system.erase(5)):
            with pytest.raises(EmpresaNotFound):
                await question
        assert (await system.status(6))[0].state is State.CONNECTED
        assert list(await system.statuses()) == [6]
    assert rows(tmp_path)["empresas"] == 1
    assert rows(tmp_path)["erasures"] == 0


@played
async def test_nothing_of_an_erased_empresa_is_left_in_the_database(tmp_path: Path) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        ear = await listening(system, 5)
        for number in range(1, 41):
            clients.running[5].report(text(number, f"segredo {number} " + "x" * 5000))
        await ear.until(lambda ear: len(ear.frames) > 40)
        assert traces(tmp_path, "segredo")
        await erased(system, 5)
    assert set(rows(tmp_path).values()) == {0}
    assert traces(tmp_path, "segredo") == []
    assert traces(tmp_path, NUMBER) == []


@played
async def test_a_new_connect_begins_a_new_ledger_from_1(tmp_path: Path) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        before = (await system.events(5, 0, 10)).head
        await erased(system, 5)
        await connected(system, clients, 5, NUMBER)
        page = await system.events(5, 0, 10)
        assert page.head.ledger_id != before.ledger_id
        assert [event.seq for event in page.events] == list(range(1, page.head.last_seq + 1))
        ear = await listening(system, 5, since=before.last_seq, ledger_id=before.ledger_id)
        assert ear.frames[1]["type"] == "reset"


@played
async def test_wishes_are_refused_while_it_is_erased_and_a_second_erasing_is_the_same(
    tmp_path: Path,
) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        clients.running[5].unlinks = False
        ear = await listening(system, 5)
        await asyncio.gather(system.erase(5), system.erase(5))
        await system.erase(5)
        await ear.hears("status", reason="unlinking")
        for wish in (system.connect(5), system.restart(5), system.disconnect(5), system.logout(5)):
            with pytest.raises(EmpresaErasing):
                await wish
        clients.running[5].unlinks = True
        clients.running[5].log_out()
        await gone(ear)
        assert clients.erased == [5]


@played
async def test_a_phone_that_could_not_be_told_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasures, "UNLINKING_SECONDS", 0.1)
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        clients.running[5].unlinks = False
        assert (await erased(system, 5))["unlinked"] is False
        assert clients.running == {}
        assert clients.linked == set()


@pytest.mark.parametrize("was_wanted", [True, False])
@played
async def test_an_empresa_that_is_pairing_or_stopped_is_erased_too(
    tmp_path: Path, was_wanted: bool
) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await system.connect(5)
        client = await asyncio.to_thread(clients.started, 5)
        client.show_qr()
        if not was_wanted:
            await system.disconnect(5)
            await reaches(system, 5, State.STOPPED)
        assert (await erased(system, 5))["unlinked"] is True
        assert clients.erased == [5]


@played
async def test_a_stopped_empresa_with_a_link_is_unlinked_first(tmp_path: Path) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        await system.disconnect(5)
        await reaches(system, 5, State.STOPPED)
        ear = await listening(system, 5)
        await system.erase(5)
        client = await asyncio.to_thread(clients.started, 5, 2)
        assert not client.is_over
        client.log_in(NUMBER)
        assert (await gone(ear))["unlinked"] is True


@played
async def test_who_waits_for_events_hears_of_the_end(tmp_path: Path) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        head = (await system.events(5, 0, 10)).head
        waiting = asyncio.ensure_future(system.wait_for_events(5, head.last_seq + 100, 10))
        await asyncio.sleep(0)
        await erased(system, 5)
        # Awake at each event, it looks at the ledger again; whichever comes last says so.
        try:
            assert await waiting
        except EmpresaErased as refusal:
            assert refusal.fields == {"unlinked": True}  # noqa: PT017 - one of two right ends


@played
async def test_a_folder_that_cannot_be_removed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actors.eraser.RETRY_SECONDS", 0.01)
    clients = FakeClients()
    tries = iter([OSError("in use"), OSError("in use")])
    really = clients.erase

    def erase(empresa_id: int) -> None:
        error = next(tries, None)
        if error:
            raise error
        really(empresa_id)

    monkeypatch.setattr(clients, "erase", erase)
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        await erased(system, 5)
        assert clients.erased == [5]


@played
async def test_an_eraser_that_dies_is_started_again_but_not_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients, starts = FakeClients(), []

    def die_at_first(eraser: EraserActor) -> None:
        starts.append(time.monotonic())
        if len(starts) < 3:
            raise MemoryError
        started(eraser)

    started = EraserActor.started
    monkeypatch.setattr(EraserActor, "started", die_at_first)
    monkeypatch.setattr(erasures, "RESTART_SECONDS", 0.2)
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        await erased(system, 5)
    assert len(starts) == 3
    assert starts[2] - starts[0] >= 0.4


@played
async def test_an_erasure_that_was_cut_off_is_finished_by_the_next_start(tmp_path: Path) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        await connected(system, clients, 6, "+5521888888888")
    writer = Database(f"sqlite:///{tmp_path / 'vendeai.db'}").writer()
    with writer.transaction() as connection:
        erasing.begin(connection, 5)
        erasing.begin(connection, 5)
        erasing.begin(connection, 99)
    writer.close()
    async with running_system(tmp_path, clients) as system:
        ear = await listening(system, 5)
        with pytest.raises(EmpresaErasing):
            await system.connect(5)
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(NUMBER)
        assert (await gone(ear))["unlinked"] is True
        assert clients.erased == [5]
        assert list(await system.statuses()) == [6]
    assert rows(tmp_path)["erasures"] == 0


@played
async def test_an_erasing_that_cannot_be_stored_is_refused_and_nothing_has_begun(
    tmp_path: Path,
) -> None:
    clients = FakeClients()
    async with running_system(tmp_path, clients) as system:
        await connected(system, clients, 5, NUMBER)
        with closing(sqlite3.connect(tmp_path / "vendeai.db")) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable):
                await system.erase(5)
            other.rollback()
        assert clients.erased == []
        assert (await system.status(5))[0].state is State.CONNECTED
        assert await system.connect(5) is True
        async with asyncio.timeout(DEADLINE):
            while (await system.readiness())["database"] != "ok":
                continue  # the archive tries again by itself
        assert (await erased(system, 5))["unlinked"] is True
    assert rows(tmp_path)["empresas"] == 0
