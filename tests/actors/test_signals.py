"""What is worth something only now: from the client to listeners, and the other way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from actors import read_telling
from actors import reading as r
from actors import signals as s
from actors.errors import DeadlineExceeded, EmpresaNotConnected, Unavailable
from actors.reply import ask
from actors.signal_link import MOST_QUESTIONS
from actors.system import System
from tests.actors.running_system import DEADLINE, A, connected, listening, play
from tests.fake_clients import FakeClients, text
from whatsapp.port import Signal, SignalSeen

CHAT = "999@lid"
WANTED = r.ConversationOf(5, None, (CHAT,))
TYPING = s.ShowTyping(CHAT, "composing")


async def heard(system: System, clients: FakeClients, *entry_ids: int) -> None:
    """Texts of a customer have come, and are stored."""
    ear = await listening(system, 5)
    for entry_id in entry_ids:
        clients.running[5].report(text(entry_id, "oi"))
        await ear.hears("message", id=f"ID{entry_id}")
    system.leave(5, ear.listener)


async def signalled(clients: FakeClients, times: int = 1) -> list[Signal]:
    return await asyncio.to_thread(clients.signalled, 5, times)


async def until_told(system: System) -> None:
    """Nothing is left of which WhatsApp is to be told."""
    reader = system._directory.reader
    async with asyncio.timeout(DEADLINE):
        while await ask(reader, r.UntoldReads(5, A, 10)):
            pass


def test_typing_reaches_those_who_listen_and_is_never_stored(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        before = await system.events(5, 0, 100)
        data = {"v": 1, "chat": {"id": CHAT}, "state": "composing"}
        clients.running[5].report(SignalSeen("typing", data))
        clients.running[5].report(SignalSeen("presence", {"v": 1, "chat": CHAT, "online": True}))
        frame = await ear.hears("typing")
        assert (frame["empresaId"], frame["data"], "seq" in frame) == (5, data, False)
        await ear.hears("presence", online=True)
        assert await system.events(5, 0, 100) == before

    play(tmp_path, story)


def test_a_listener_that_is_behind_is_not_closed_by_a_flood_of_typing(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        gate = asyncio.Event()
        gate.set()
        ear = await listening(system, 5, gate=gate)
        gate.clear()
        for _ in range(1000):
            clients.running[5].report(SignalSeen("typing", {"v": 1}))
        clients.running[5].report(text(1, "oi"))
        await asyncio.to_thread(clients.confirmed, 5)
        await system.status(5)  # the broadcast has dealt with all of it
        gate.set()
        await ear.hears("message", id="ID1")
        assert ear.closed is None
        assert sum(frame["type"] == "typing" for frame in ear.frames) <= 20

    play(tmp_path, story)


def test_typing_is_handed_to_the_client_and_answered_at_once(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        clients.is_silent = True
        await heard(system, clients, 1)
        assert await system.conversations.show_typing(WANTED, "composing") == CHAT
        assert await system.conversations.follow(WANTED) == CHAT
        follow = s.FollowPresence(CHAT, "+5511900000001", CHAT, 300.0)
        assert await signalled(clients, 2) == [TYPING, follow]

    play(tmp_path, story)


def test_while_the_empresa_is_not_connected_signals_are_refused(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await heard(system, clients, 1)
        await system.disconnect(5)
        with pytest.raises(EmpresaNotConnected):
            await system.conversations.show_typing(WANTED, "composing")
        with pytest.raises(EmpresaNotConnected):
            await system.conversations.follow(WANTED)
        with pytest.raises(EmpresaNotConnected):
            await system.conversations.picture(WANTED)
        assert clients.signals[5] == []

    play(tmp_path, story)


def test_questions_to_a_silent_client_end_and_too_many_are_refused(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        clients.is_silent = True
        session = system._directory.session(5)
        assert session is not None
        question = s.SendSignal(s.FindPicture(0, CHAT))
        with pytest.raises(DeadlineExceeded):
            await ask(session, question, 0.01)
        waiting = [asyncio.create_task(ask(session, question)) for _ in range(MOST_QUESTIONS - 1)]
        sent = await signalled(clients, MOST_QUESTIONS)
        assert len({each.question for each in sent if isinstance(each, s.FindPicture)}) == 64
        with pytest.raises(Unavailable):
            await ask(session, question)
        clients.running[5].die()
        for each in waiting:
            with pytest.raises(Unavailable):
                await each

    play(tmp_path, story)


def test_what_is_marked_as_read_is_told_to_whatsapp(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await heard(system, clients, 1, 2)
        assert await system.conversations.mark_read(WANTED, is_to_be_told=True) == CHAT
        assert await signalled(clients) == [s.TellRead(1, CHAT, CHAT, ["ID1", "ID2"])]
        await until_told(system)
        await heard(system, clients, 3)
        await system.conversations.mark_read(WANTED, is_to_be_told=False)
        await heard(system, clients, 4)
        await system.conversations.mark_read(WANTED, is_to_be_told=True)
        assert (await signalled(clients, 2))[1] == s.TellRead(2, CHAT, CHAT, ["ID4"])

    play(tmp_path, story)


def test_what_was_read_while_not_connected_is_told_at_the_next_connection(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await heard(system, clients, 1)
        await system.disconnect(5)
        await system.conversations.mark_read(WANTED, is_to_be_told=True)
        assert clients.signals[5] == []

    async def next_start(system: System, clients: FakeClients) -> None:
        await system.connect(5)
        (await asyncio.to_thread(clients.started, 5, 2)).log_in(A)
        assert await signalled(clients) == [s.TellRead(1, CHAT, CHAT, ["ID1"])]
        await until_told(system)

    play(tmp_path, next_start, play(tmp_path, story))


def test_what_could_not_be_told_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_telling, "RETRY_SECONDS", 0.01)

    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await heard(system, clients, 1)
        clients.signal_error = "info query timed out"
        await system.conversations.mark_read(WANTED, is_to_be_told=True)
        await signalled(clients, 3)
        clients.signal_error = None
        await until_told(system)
        assert {each.ids[0] for each in clients.signals[5] if isinstance(each, s.TellRead)} == {
            "ID1"
        }

    play(tmp_path, story)


def test_a_client_that_dies_over_it_has_a_successor_that_is_told_again(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await heard(system, clients, 1)
        clients.is_silent = True
        await system.conversations.mark_read(WANTED, is_to_be_told=True)
        await signalled(clients)
        clients.is_silent = False
        clients.running[5].die()
        (await asyncio.to_thread(clients.started, 5, 2)).log_in(A)
        await signalled(clients, 2)
        await until_told(system)

    play(tmp_path, story)
