"""What goes at once and what waits, from the acceptance to the client, on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from actors.addressing import Address
from actors.status import State
from actors.system import System
from persistence.message_life import MessageState
from tests.actors.running_system import DEADLINE, A, connected, listening, play, reaches
from tests.actors.test_sender import JID, accept, hears, sent
from tests.fake_clients import FakeClients, text
from tests.unhurried import UNHURRIED
from whatsapp.port import Banned

ANA = Address("phone", ("+5521988880002", "+552188880002"))
PEDRO = Address("phone", ("+5511900000001",))
CLOSED = {**UNHURRIED, "openingHours": {}}
"""First contacts never go; answers do."""
HOUR = timedelta(hours=1)


async def sends_as(system: System, sending: object) -> None:
    await system.profiles.put(5, {"sending": sending})


async def written(system: System, clients: FakeClients, body: str = "Tem Onix?") -> str:
    """Pedro writes, and it is stored; his chat."""
    ear = await listening(system, 5)
    clients.entries += 1
    clients.running[5].report(text(clients.entries, body))
    await ear.hears("message", text=body)
    system.leave(5, ear.listener)
    return "999@lid"


async def state(system: System, message_id: str) -> MessageState:
    return (await system.sending.message(5, message_id)).state


async def expected(system: System, message_id: str) -> datetime | None:
    message = await system.sending.message(5, message_id)
    return await system.sending.estimate(5, message.waiting)


def test_an_answer_goes_at_once_while_first_contacts_wait(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await sends_as(system, CLOSED)
        chat = await written(system, clients)
        first = await accept(system, "Bom dia!")
        answer = await accept(system, "Tem, sim.", Address("lid", (chat,)))
        send = await sent(clients)
        assert (send.message_id, send.chat) == (answer.id, chat)
        clients.running[5].answer(send)
        assert await state(system, first.id) is MessageState.QUEUED
        assert await expected(system, first.id) is None
        view = await system.profiles.pace(5)
        assert (view.waiting, view.next_at, view.contacts) == (1, None, 0)
        await sends_as(system, UNHURRIED)
        assert (await sent(clients, 2)).message_id == first.id

    play(tmp_path, story)


def test_who_writes_makes_answers_of_what_waits_for_them_and_their_order_holds(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await sends_as(system, CLOSED)
        stranger = await accept(system, "Oi, Maria!")
        first = await accept(system, "Oi, Pedro!", PEDRO)
        chat = await written(system, clients)
        one = await sent(clients)
        clients.running[5].answer(one)
        second = await accept(system, "Tem, sim.", Address("lid", (chat,)))
        assert (await sent(clients, 2)).message_id == second.id
        assert one.message_id == first.id
        assert await state(system, stranger.id) is MessageState.QUEUED

    play(tmp_path, story)


def test_a_days_quota_holds_across_a_restart_and_the_rest_is_foreseen(tmp_path: Path) -> None:
    clients = FakeClients()

    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await sends_as(system, {**UNHURRIED, "dailyContacts": [1]})
        await accept(system, "Oi, Maria!")
        clients.running[5].answer(await sent(clients))
        again = await accept(system, "O Onix chegou.")
        late = await accept(system, "Oi, Ana!", ANA)
        send = await sent(clients, 2)
        assert (send.message_id, send.chat) == (again.id, JID)
        clients.running[5].answer(send)
        moment = await expected(system, late.id)
        assert moment is not None
        assert moment > datetime.now(UTC)

    async def second(system: System, clients: FakeClients) -> None:
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        later = await accept(system, "Oi, Pedro!", PEDRO)
        last = await accept(system, "Cabe mais um.")
        send = await sent(clients, 3)
        assert send.message_id == last.id
        client.answer(send)
        assert (await system.profiles.pace(5)).contacts == 1
        assert await state(system, later.id) is MessageState.QUEUED

    play(tmp_path, first, clients)
    play(tmp_path, second, clients)


async def paused(system: System) -> tuple[str, str, datetime]:
    async with asyncio.timeout(DEADLINE):
        # A sender says it to who asks, and to nobody else.
        while (pause := (await system.profiles.pace(5)).pause) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return pause


def test_whatsapps_463_pauses_first_contacts_across_a_restart_until_a_person_ends_it(
    tmp_path: Path,
) -> None:
    clients = FakeClients()

    async def first(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        await connected(system, clients, 5, A)
        refused = await accept(system, "Oi, Maria!")
        clients.running[5].answer(await sent(clients), "failed", reason="new_contacts_limited")
        await hears(ear, refused.id, "failed")
        await accept(system, "Oi, Ana!", ANA)
        chat = await written(system, clients)
        answer = await accept(system, "Tem, sim.", Address("lid", (chat,)))
        send = await sent(clients, 2)
        assert send.message_id == answer.id
        clients.running[5].answer(send)
        await hears(ear, answer.id, "server_ack")

    async def second(system: System, clients: FakeClients) -> None:
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        answer = await accept(system, "De cor prata.", Address("lid", ("999@lid",)))
        send = await sent(clients, 3)
        assert send.message_id == answer.id
        client.answer(send)
        reason, holds, until = await paused(system)
        assert (reason, holds) == ("new_contacts_limited", "contacts")
        assert 11 * HOUR < until - datetime.now(UTC) < 12 * HOUR
        await system.profiles.resume(5)
        assert (await sent(clients, 4)).chat == "5521988880002@s.whatsapp.net"
        assert (await system.profiles.pace(5)).pause is None

    play(tmp_path, first, clients)
    play(tmp_path, second, clients)


def test_whatsapps_429_gives_even_answers_a_breath_and_what_was_refused_goes_again(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        await connected(system, clients, 5, A)
        chat = await written(system, clients)
        answer = await accept(system, "Tem, sim.", Address("lid", (chat,)))
        clients.running[5].answer(await sent(clients), "queued", reason="rate_limited")
        await hears(ear, answer.id, "queued")
        moment = await expected(system, answer.id)
        assert (await paused(system))[0] == "rate_limited"
        assert moment is None or moment > datetime.now(UTC)
        assert len(clients.sends[5]) == 1
        await system.profiles.resume(5)
        assert (await sent(clients, 2)).message_id == answer.id

    play(tmp_path, story)


def test_a_temporary_ban_pauses_until_a_day_after_its_end(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        until = datetime.now(UTC) + HOUR
        clients.running[5].report(Banned(101, until))
        await reaches(system, 5, State.BANNED)
        reason, holds, end = await paused(system)
        assert (reason, holds) == ("temporary_ban", "contacts")
        assert end == until + 24 * HOUR

    play(tmp_path, story)


def test_another_number_begins_with_nothing_sent(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await sends_as(system, {**UNHURRIED, "dailyContacts": [1]})
        await accept(system, "Oi, Maria!")
        clients.running[5].answer(await sent(clients))
        late = await accept(system, "Oi, Ana!", ANA)
        clients.running[5].log_in("+5511888880002")
        assert (await sent(clients, 2)).message_id == late.id

    play(tmp_path, story)
