"""Jobs from their acceptance to the client, on a real database, with the fake port."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from actors.addressing import Address
from actors.bulk import JobAction, JobMessage, JobState, NewJob, StoredJob
from actors.errors import EmpresaNotFound, JobNotChangeable, Unavailable
from actors.system import System
from persistence.message_life import MessageState
from tests.actors.running_system import DEADLINE, A, Ear, connected, listening, play
from tests.actors.test_sender import accept, hears, sent
from tests.actors.test_sending_pace import CLOSED, sends_as, written
from tests.fake_clients import FakeClients
from tests.unhurried import UNHURRIED
from whatsapp.port import Send


def new_job(size: int, *, first: int = 0, seconds: float = 3600, **other: Any) -> NewJob:
    now = datetime.now(UTC)
    messages = tuple(
        JobMessage(token_hex(16), Address("phone", (number(n),)).shape(), None)
        for n in range(first, first + size)
    )
    values: dict[str, Any] = {"empresa_id": 5, "id": token_hex(16), "messages": messages}
    return NewJob(
        **{
            "name": "Onix",
            "at": now,
            "expires_at": now + timedelta(seconds=seconds),
            "lane": "bulk",
            "content": {"type": "text", "text": "O Onix chegou."},
            **values,
            **other,
        }
    )


def number(place: int) -> str:
    return f"+5521{970000000 + place}"


def chat(place: int) -> str:
    return f"{number(place)[1:]}@s.whatsapp.net"


async def accepted(system: System, new: NewJob) -> str:
    return (await system.jobs.accept(new)).id


async def counts(system: System, job: str) -> dict[str, int]:
    return shown(await system.jobs.get(5, job))


def shown(job: StoredJob) -> dict[str, int]:
    return {state.value: count for state, count in job.counts.items() if count}


async def ends(ear: Ear, job: str, state: str = "done") -> dict[str, Any]:
    data: dict[str, Any] = (await ear.hears("bulk_progress", id=job, state=state))["data"]
    return data


async def answers(clients: FakeClients, times: range) -> list[Send]:
    """Let the client send what it is given."""
    found = []
    for each in times:
        found.append(await sent(clients, each))
        clients.running[5].answer(found[-1])
    return found


async def foreseen(system: System, job: str) -> datetime:
    """When it ends, once its sender has heard of it."""
    async with asyncio.timeout(DEADLINE):
        # A sender says it to who asks, and to nobody else.
        while not (end := (await system.jobs.plan(5)).ends.get(job)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return end


def test_a_job_goes_out_in_the_order_of_its_list_and_tells_of_itself(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        job = await accepted(system, new_job(12))
        sends = await answers(clients, range(1, 13))
        assert [each.chat for each in sends] == [chat(place) for place in range(12)]
        assert (await ends(ear, job))["counts"]["server_ack"] == 12
        told = [each["data"] for each in ear.frames if each["type"] == "bulk_progress"]
        assert [each["total"] - each["counts"]["queued"] for each in told] == [0, 5, 10, 12]
        states = [each["data"] for each in ear.frames if each["type"] == "message_state"]
        assert [each["state"] for each in states] == ["sending", "server_ack"] * 12

    play(tmp_path, story)


def test_an_answer_is_out_before_a_thousand_of_a_job(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        pedro = await written(system, clients)
        job = await accepted(system, new_job(1000))
        first = await sent(clients)
        assert first.chat == chat(0)
        answer = await accept(system, "Tem, sim.", Address("lid", (pedro,)))
        clients.running[5].answer(first)
        assert (await sent(clients, 2)).message_id == answer.id
        clients.running[5].answer(await sent(clients, 2))
        assert (await sent(clients, 3)).chat == chat(1)
        assert (await counts(system, job))["queued"] == 998

    play(tmp_path, story)


def test_first_contacts_of_people_go_before_a_job_which_leaves_them_their_share(
    tmp_path: Path,
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await sends_as(system, {**UNHURRIED, "dailyContacts": [4], "jobShare": 0.5})
        job = await accepted(system, new_job(5))
        await answers(clients, range(1, 3))
        mine = [
            await accept(system, "Oi", Address("phone", (number(each),))) for each in (100, 101)
        ]
        sends = await answers(clients, range(3, 5))
        assert [each.message_id for each in sends] == [each.id for each in mine]
        view = await system.profiles.pace(5)
        assert (view.contacts, view.waiting) == (4, 3)
        assert view.next_at is not None
        assert view.next_at > datetime.now(UTC)
        assert await counts(system, job) == {"queued": 3, "server_ack": 2}
        end = await foreseen(system, job)
        assert end > datetime.now(UTC) + timedelta(days=1)

    play(tmp_path, story)


def test_a_paused_job_waits_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        job = await accepted(system, new_job(4))
        first = await sent(clients)
        paused = await system.jobs.change(5, job, JobAction.PAUSE)
        assert paused.state is JobState.PAUSED
        clients.running[5].answer(first)
        mine = await accept(system, "Oi", Address("phone", (number(1),)))
        send = await sent(clients, 2)
        assert send.message_id == mine.id
        clients.running[5].answer(send)
        await hears(ear, mine.id, "server_ack")
        assert (await system.profiles.pace(5)).waiting == 0
        assert job not in (await system.jobs.plan(5)).ends
        listed = (await system.jobs.messages(5, job, 0, 10)).messages
        message = await system.sending.message(5, listed[1].id)
        assert await system.sending.estimate(5, message.waiting) is None
        await system.jobs.change(5, job, JobAction.RESUME)
        sends = await answers(clients, range(3, 6))
        assert [each.message_id for each in sends] == [each.id for each in listed[1:]]
        await ends(ear, job)

    play(tmp_path, story)


def test_of_a_cancelled_job_goes_only_what_is_on_its_way(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        job = await accepted(system, new_job(50))
        first = await sent(clients)
        await system.jobs.change(5, job, JobAction.CANCEL)
        clients.running[5].answer(first)
        await hears(ear, first.message_id, "server_ack")
        mine = await accept(system, "Oi")
        assert (await sent(clients, 2)).message_id == mine.id
        assert await counts(system, job) == {"server_ack": 1, "cancelled": 49}
        with pytest.raises(JobNotChangeable):
            await system.jobs.change(5, job, JobAction.RESUME)

    play(tmp_path, story)


def test_a_server_that_begins_anew_goes_on_with_its_jobs_and_their_pauses(
    tmp_path: Path,
) -> None:
    clients = FakeClients()
    going, paused = new_job(3), new_job(3, first=100)

    async def first(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await accepted(system, paused)
        clients.running[5].answer(await sent(clients))
        under_way = await sent(clients, 2)
        await system.jobs.change(5, paused.id, JobAction.PAUSE)
        clients.running[5].answer(under_way)
        await accepted(system, going)
        assert (await sent(clients, 3)).chat == chat(0)

    async def second(system: System, clients: FakeClients) -> None:
        ear = await listening(system, 5)
        client = await asyncio.to_thread(clients.started, 5, 2)
        client.log_in(A)
        sends = await answers(clients, range(4, 7))
        assert [each.chat for each in sends] == [chat(0), chat(1), chat(2)]
        await ends(ear, going.id)
        newest = await system.jobs.newest(5, 10)
        assert [each.state for each in newest] == [JobState.DONE, JobState.PAUSED]

    play(tmp_path, first, clients)
    play(tmp_path, second, clients)


def test_who_is_not_on_whatsapp_fails_and_the_others_go_on(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        clients.strangers.add(number(0))
        job = await accepted(system, new_job(2))
        (send,) = await answers(clients, range(1, 2))
        assert send.chat == chat(1)
        assert (await ends(ear, job))["counts"]["failed"] == 1
        (failed, _) = (await system.jobs.messages(5, job, 0, 10)).messages
        assert (failed.state, failed.reason) == (MessageState.FAILED, "not_on_whatsapp")

    play(tmp_path, story)


def test_a_job_whose_deadline_passes_ends_though_it_is_paused(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await sends_as(system, CLOSED)
        ear = await listening(system, 5)
        job = await accepted(system, new_job(150, seconds=1))
        await system.jobs.change(5, job, JobAction.PAUSE)
        told = await ends(ear, job)
        assert told["counts"]["failed"] == 150
        (found,) = (await system.jobs.messages(5, job, 0, 1)).messages
        assert found.reason == "deadline_passed"

    play(tmp_path, story)


def test_one_of_a_job_is_cancelled_alone_whatever_else_waits(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        ear = await listening(system, 5)
        job = await accepted(system, new_job(450))
        listed = (await system.jobs.messages(5, job, 0, 10)).messages
        for each in listed[2:4]:
            await system.sending.cancel(5, each.id)
        sends = await answers(clients, range(1, 4))
        assert [each.message_id for each in sends] == [listed[n].id for n in (0, 1, 4)]
        await hears(ear, listed[3].id, "cancelled")
        assert (await counts(system, job))["cancelled"] == 2

    play(tmp_path, story)


def test_each_of_a_jobs_messages_is_foreseen_however_many_there_are(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, 5, A)
        await system.disconnect(5)
        jobs = [await accepted(system, new_job(1100, first=first)) for first in (0, 5000)]
        end = await foreseen(system, jobs[1])
        moments = (await system.jobs.plan(5)).moments
        assert len(moments) == 2200
        assert max(moments.values()) == end
        listed = (await system.jobs.messages(5, jobs[0], 0, 1000)).messages
        expected = [moments[each.id] for each in listed]
        assert expected == sorted(expected)
        message = await system.sending.message(5, listed[-1].id)
        assert await system.sending.estimate(5, message.waiting) is not None
        await sends_as(system, CLOSED)

    play(tmp_path, story)


def test_a_job_that_cannot_be_stored_leaves_nothing_behind(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        with pytest.raises(EmpresaNotFound):
            await system.jobs.accept(new_job(2))
        await connected(system, clients, 5, A)
        same = new_job(1).messages[0]
        with pytest.raises(Unavailable):
            await system.jobs.accept(new_job(0, messages=(same, same)))
        assert "cannot be stored" in caplog.text
        assert await system.jobs.newest(5, 10) == []
        job = await accepted(system, new_job(1))
        await sent(clients)
        assert [each.id for each in await system.jobs.newest(5, 10)] == [job]

    play(tmp_path, story)
