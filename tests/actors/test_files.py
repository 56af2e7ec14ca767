"""Files of messages: from their coming in to the client, and for as long as they are needed."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from actors import files
from actors.errors import Unavailable
from actors.files import content_of
from actors.outgoing import Accepted
from actors.system import System
from media.errors import MediaBudgetSpent
from media.intake import Taken
from media.retention import Limits
from persistence.message_life import MessageState
from tests.actors.running_system import A, connected, listening, play
from tests.actors.test_sender import MARIA, hears, sent
from tests.fake_clients import FakeClients
from tests.simulator.real.waiting import wait_until

DAY = 86_400.0


async def take(system: System, body: bytes, message_type: str = "document") -> dict[str, Any]:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return content_of(await system.files.take(5, message_type, "a.pdf", chunks()))


async def accept(system: System, file: dict[str, Any]) -> Accepted:
    content = {"type": "document", "text": None, "file": file}
    return await system.sending.accept(5, MARIA, content, 3600, None)


def age(place: Path, file: dict[str, Any], days: float) -> Path:
    """Let a file be so old; where it is."""
    path: Path = place / "media" / "store" / "5" / file["sha256"][:2] / file["sha256"]
    then = time.time() - days * DAY
    os.utime(path, (then, then))
    return path


def limit(system: System, budget: int = 0, days: float = 0) -> None:
    limits = Limits(budget, days)
    system.files._store.limits = limits
    for shelf in system.files._store._shelves.values():
        shelf._limits = limits


def test_the_client_is_told_where_the_file_is_and_what_is_known_of_it(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        file = await take(system, b"%PDF-1.7 a proposta")
        assert (file["mimeType"], file["fileName"]) == ("application/pdf", "a.pdf")
        assert (file["size"], file["isAnimated"]) == (19, False)
        await accept(system, file)
        send = await sent(clients)
        assert send.content["file"] == file
        assert send.file is not None
        body = await asyncio.to_thread(Path(send.file).read_bytes)
        assert body == b"%PDF-1.7 a proposta"

    play(tmp_path, story)


def test_what_a_message_still_has_to_bring_stays_however_old_and_the_rest_goes(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        first, needed = await take(system, b"1" * 100), await take(system, b"2" * 100)
        accepted = await accept(system, first)
        clients.running[5].answer(await sent(clients))
        await hears(ear, accepted.id, "server_ack")
        await accept(system, needed)
        await sent(clients, 2)
        limit(system, days=30)
        gone, stays = age(tmp_path, first, 31), age(tmp_path, needed, 31)
        await system.files._look_at_all()
        assert (gone.exists(), stays.exists()) == (False, True)

    play(tmp_path, story)


def test_room_is_made_for_what_comes_and_refused_where_all_is_needed(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        old = age(tmp_path, await take(system, b"1" * 100), 1)
        needed = await take(system, b"2" * 100)
        await accept(system, needed)
        age(tmp_path, needed, 1)
        limit(system, budget=250)
        await take(system, b"3" * 100)
        assert not old.exists()
        with pytest.raises(MediaBudgetSpent):
            await take(system, b"4" * 100)

    play(tmp_path, story)


def test_files_of_an_empresa_that_is_not_there_any_more_go(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 6, A)
        await take(system, b"%PDF-1.7")
        assert (tmp_path / "media" / "store" / "5").exists()
        await system.files._look_at_all()
        assert not (tmp_path / "media" / "store" / "5").exists()

    play(tmp_path, story)


def test_an_erased_empresa_leaves_no_file(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await take(system, b"%PDF-1.7")
        ear = await listening(system, 5)
        await system.erase(5)
        await ear.until(lambda ear: ear.closed is not None)
        assert list((tmp_path / "media" / "store").iterdir()) == []

    play(tmp_path, story)


def test_large_files_take_turns_and_a_text_does_not_wait_for_them(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await connected(system, clients, 6, "+5521999990006")
        async with system.files.turns.of(10**9):
            file = await take(system, b"1" * 2_000_000)
            accepted = await accept(system, file)
            text = {"type": "text", "text": "oi"}
            await system.sending.accept(6, MARIA, text, 3600, None)
            await asyncio.to_thread(clients.sent, 6)
            message = await system.sending.message(5, accepted.id)
            assert message.state is MessageState.QUEUED
        assert (await sent(clients)).message_id == accepted.id

    play(tmp_path, story)


def test_one_that_is_cancelled_while_it_waits_for_its_turn_is_not_sent(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        async with system.files.turns.of(10**9):
            accepted = await accept(system, await take(system, b"1" * 2_000_000))
            await system.sending.cancel(5, accepted.id)
        other = await accept(system, await take(system, b"2"))
        assert (await sent(clients)).message_id == other.id

    play(tmp_path, story)


def test_old_files_are_looked_for_from_the_start_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 6, A)
        await take(system, b"%PDF-1.7")

    async def second(system: System, _clients: FakeClients) -> None:
        del system
        folder = tmp_path / "media" / "store" / "5"
        await asyncio.to_thread(wait_until, lambda: not folder.exists())

    clients = play(tmp_path, first)
    monkeypatch.setattr(files, "ROUND_SECONDS", 0.01)
    play(tmp_path, second, clients)


async def half_taken(system: System) -> asyncio.Task[Taken]:
    """A file of which the end never comes."""
    begun = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7"
        begun.set()
        await asyncio.Event().wait()

    taking = asyncio.create_task(system.files.take(5, "document", "a.pdf", chunks()))
    await begun.wait()
    return taking


def test_what_is_on_its_way_when_the_server_stops_is_refused_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        taking = await half_taken(system)
        await system.files.stop()
        with pytest.raises(Unavailable):
            await taking
        with pytest.raises(Unavailable):
            await take(system, b"%PDF-1.7")
        assert list((tmp_path / "media" / "tmp").iterdir()) == []

    play(tmp_path, story)


def test_who_gives_up_leaves_nothing(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        taking = await half_taken(system)
        taking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await taking
        temporary = tmp_path / "media" / "tmp"
        await asyncio.to_thread(wait_until, lambda: list(temporary.iterdir()) == [])

    play(tmp_path, story)
