"""Jobs in the database: accepted whole, counted with each of their messages, told now and then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from persistence import accepting, empresas, idempotency, job_rows, jobs, lives, outgoing
from persistence.job_values import (
    ChangedJob,
    JobAction,
    JobChange,
    JobMessage,
    JobState,
    NewJob,
    StoredJob,
)
from persistence.message_life import MessageState
from persistence.models import Job, Outgoing
from persistence.outgoing_values import Change, Idempotency, NewOutgoing

AT = datetime(2026, 11, 24, 14, 16, 54, 123456, tzinfo=UTC)
LATER = timedelta(hours=25)
ACTIONS = {each.value: each for each in JobAction}


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    empresas.ensure(connection, [5, 6])


def job(size: int = 3, job_id: str = "j", empresa_id: int = 5, **other: Any) -> NewJob:
    messages = tuple(
        JobMessage(f"{job_id}{n}", {"kind": "phone", "names": [f"+55219888{n:05}"]}, None)
        for n in range(size)
    )
    values: dict[str, Any] = {
        "name": "Black Friday",
        "at": AT,
        "expires_at": AT + timedelta(days=30),
        "lane": "bulk",
        "content": {"type": "text", "text": "olá 😀"},
        "messages": messages,
    }
    return NewJob(empresa_id, job_id, **{**values, **other})


def accepted(connection: Connection, new: NewJob) -> StoredJob:
    done, event = jobs.accept(connection, new)
    assert done.job is not None
    assert event is not None
    return done.job


def change(connection: Connection, action: str, job_id: str = "j") -> ChangedJob:
    return jobs.change(connection, JobChange(5, job_id, ACTIONS[action], AT))[0]


def lead(connection: Connection, state: str, ids: Iterable[str], **other: Any) -> list[Any]:
    """Lead them on; what is told of jobs."""
    steps = [Change(each, MessageState(state), AT, **other) for each in ids]
    events = lives.follow(connection, 5, steps).events
    return [each.data for each in events if each.type == "bulk_progress"]


def stored(connection: Connection, job_id: str = "j") -> StoredJob:
    found = job_rows.find(connection, 5, job_id)
    assert found is not None
    return found


def counts(found: StoredJob) -> dict[str, int]:
    return {state.value: count for state, count in found.counts.items() if count}


def counted(connection: Connection, job_id: str = "j") -> dict[str, int]:
    """As the messages themselves have it."""
    found = (
        select(Outgoing.state, func.count())
        .where(Outgoing.empresa_id == 5, Outgoing.job == job_id)
        .group_by(Outgoing.state)
    )
    return {row[0]: row[1] for row in connection.execute(found)}


def test_a_job_is_accepted_whole_with_one_event_and_its_messages_wait(
    connection: Connection,
) -> None:
    accepting.accept(
        connection, NewOutgoing(5, "m", AT, AT, {}, None, "slow", {"type": "text", "text": "oi"})
    )
    done, event = jobs.accept(connection, job())
    assert done.job == stored(connection)
    assert done.job is not None
    assert (done.job.state, counts(done.job)) == (JobState.RUNNING, {"queued": 3})
    assert event is not None
    assert event.type == "bulk_progress"
    assert {**event.data, "counts": None} == {
        "v": 1,
        "id": "j",
        "name": "Black Friday",
        "state": "running",
        "total": 3,
        "counts": None,
    }
    assert event.data["counts"].keys() == set(MessageState)
    waiting = outgoing.waiting(connection, 5, 0, 10)
    assert [(each.id, each.number, each.job) for each in waiting] == [
        ("m", 1, None),
        ("j0", 2, "j"),
        ("j1", 3, "j"),
        ("j2", 4, "j"),
    ]
    assert waiting[1].expires_at == AT + timedelta(days=30)
    assert waiting[1].conversation.phones == ("+5521988800000",)


def test_each_message_says_what_all_say_or_its_own_text(connection: Connection) -> None:
    own = JobMessage("x", {"kind": "phone", "names": []}, "Oi, Maria!")
    new = job(2)
    accepted(connection, replace(new, messages=(*new.messages, own)))
    texts = []
    for each in ("j0", "x"):
        found = outgoing.message(connection, 5, each)
        assert found is not None
        assert found.job == "j"
        texts.append(found.content)
    assert texts == [new.content, {"type": "text", "text": "Oi, Maria!"}]


def test_a_repeat_under_one_key_is_the_first_job_and_a_key_is_of_one_kind(
    connection: Connection,
) -> None:
    key = Idempotency("k", b"digest")
    first = accepted(connection, job(idempotency=key))
    again, event = jobs.accept(connection, job(job_id="i", idempotency=key))
    assert (again.job, again.id, again.is_replay, again.is_same) == (first, "j", True, True)
    assert event is None
    assert job_rows.find(connection, 5, "i") is None
    other = Idempotency("k", b"other")
    assert not jobs.accept(connection, job(job_id="i", idempotency=other))[0].is_same
    message = NewOutgoing(5, "m", AT, AT, {}, None, "slow", {"type": "text"}, idempotency=other)
    taken, _ = accepting.accept(connection, message)
    assert (taken.id, taken.is_same) == ("j", False)
    accepting.accept(connection, replace(message, idempotency=Idempotency("m", b"digest")))
    mixed, _ = jobs.accept(connection, job(job_id="i", idempotency=Idempotency("m", b"digest")))
    assert (mixed.job, mixed.id, mixed.is_same) == (None, "m", False)
    late = job(job_id="l", at=AT + LATER, idempotency=key)
    assert not jobs.accept(connection, late)[0].is_replay
    assert idempotency.forget(connection, AT + LATER, 10) == 1


def test_what_becomes_of_its_messages_is_counted_whoever_leads_them_on(
    connection: Connection,
) -> None:
    accepted(connection, job(4))
    accepted(connection, job(2, "i"))
    lead(connection, "sending", ["j0", "j1", "i0"], secret=b"s" * 32, client="c")
    lead(connection, "server_ack", ["j0"], whatsapp_id="w")
    lead(connection, "sending", ["j0", "j1"])
    lead(connection, "failed", ["j2"], reason="not_on_whatsapp")
    lead(connection, "delivered", ["j0"])
    lead(connection, "queued", ["j1"])
    assert counts(stored(connection)) == {"queued": 2, "delivered": 1, "failed": 1}
    assert counts(stored(connection)) == counted(connection)
    assert counts(stored(connection, "i")) == counted(connection, "i")


def test_progress_is_told_by_the_hundredth_and_at_the_end_and_not_for_receipts(
    connection: Connection,
) -> None:
    accepted(connection, job(700))
    ids = [f"j{number}" for number in range(700)]
    told = lead(connection, "sending", ids)
    for first in range(0, 700, 35):
        told += lead(connection, "server_ack", ids[first : first + 3])
        told += lead(connection, "server_ack", ids[first + 3 : first + 35])
    assert [each["counts"]["sending"] for each in told] == list(range(665, -1, -35))
    assert [each["state"] for each in told] == ["running"] * 19 + ["done"]
    assert lead(connection, "read", ids[:100]) == []


def test_of_a_small_job_only_every_few_and_the_end_are_told_and_the_end_once(
    connection: Connection,
) -> None:
    accepted(connection, job(7))
    ids = [f"j{number}" for number in range(7)]
    told = [data for each in ids for data in lead(connection, "failed", [each])]
    assert [(each["state"], each["counts"]["failed"]) for each in told] == [
        ("running", 5),
        ("done", 7),
    ]
    accepted(connection, job(2, "i"))
    lead(connection, "sending", ["i0", "i1"])
    assert len(lead(connection, "server_ack", ["i0", "i1"])) == 1
    assert lead(connection, "read", ["i0"]) == []


def test_one_that_a_person_has_sent_again_lets_the_job_end_again(connection: Connection) -> None:
    accepted(connection, job(1))
    lead(connection, "sending", ["j0"])
    assert [each["state"] for each in lead(connection, "unconfirmed", ["j0"])] == ["done"]
    assert lead(connection, "queued", ["j0"]) == []
    assert stored(connection).state is JobState.RUNNING
    lead(connection, "sending", ["j0"])
    assert [each["state"] for each in lead(connection, "server_ack", ["j0"])] == ["done"]


def test_what_waits_of_a_paused_job_is_told_apart_until_it_goes_on(
    connection: Connection,
) -> None:
    accepted(connection, job(2))
    accepted(connection, job(1, "i"))
    done, event = jobs.change(connection, JobChange(5, "j", JobAction.PAUSE, AT))
    assert done.job is not None
    assert done.job.state is JobState.PAUSED
    assert event is not None
    assert event.data["state"] == "paused"
    waiting = outgoing.waiting(connection, 5, 0, 10)
    assert [(each.id, each.is_paused) for each in waiting] == [
        ("j0", True),
        ("j1", True),
        ("i0", False),
    ]
    found = outgoing.message(connection, 5, "j0")
    assert found is not None
    assert found.waiting is not None
    assert found.waiting.is_paused
    again, event = jobs.change(connection, JobChange(5, "j", JobAction.PAUSE, AT))
    assert (again.is_taken, event) == (True, None)
    resumed = change(connection, "resume").job
    assert resumed is not None
    assert resumed.state is JobState.RUNNING
    assert not any(each.is_paused for each in outgoing.waiting(connection, 5, 0, 10))


def test_cancelling_takes_what_is_queued_and_nothing_else(connection: Connection) -> None:
    accepted(connection, job(3))
    lead(connection, "sending", ["j0"])
    done, event = jobs.change(connection, JobChange(5, "j", JobAction.CANCEL, AT))
    assert done.job is not None
    assert (done.job.state, counts(done.job)) == (
        JobState.CANCELLED,
        {"sending": 1, "cancelled": 2},
    )
    assert counts(stored(connection)) == counted(connection)
    assert event is not None
    assert event.data["state"] == "cancelled"
    found = outgoing.message(connection, 5, "j1")
    assert found is not None
    assert [(each.state, each.reason) for each in found.steps] == [
        ("queued", None),
        ("cancelled", "by_request"),
    ]
    assert [each.id for each in outgoing.waiting(connection, 5, 0, 10)] == ["j0"]
    assert lead(connection, "sending", ["j1"]) == []
    told = lead(connection, "server_ack", ["j0"])
    assert [each["state"] for each in told] == ["cancelled"]


def test_what_has_ended_is_changed_no_more_and_who_is_unknown_not_at_all(
    connection: Connection,
) -> None:
    accepted(connection, job(1))
    accepted(connection, job(1, "i"))
    lead(connection, "failed", ["j0"])
    for action in ACTIONS:
        assert not change(connection, action).is_taken
    assert stored(connection).state is JobState.DONE
    assert change(connection, "cancel", "i").is_taken
    assert change(connection, "cancel", "i").is_taken
    assert not change(connection, "pause", "i").is_taken
    assert not change(connection, "resume", "i").is_taken
    assert change(connection, "pause", "nobody").job is None
    wishes: dict[int, NewJob | JobChange] = {
        0: job(job_id="x", empresa_id=7),
        1: JobChange(6, "j", JobAction.PAUSE, AT),
    }
    done = jobs.carry_out(connection, wishes, [5, 6])
    assert done == {1: (ChangedJob(None), None)}


def test_jobs_are_listed_the_newest_first_and_their_messages_by_pages(
    connection: Connection,
) -> None:
    for job_id in ("z", "a", "m"):
        accepted(connection, job(5, job_id))
    accepted(connection, job(1, "other", 6))
    assert [each.id for each in job_rows.newest(connection, 5, 2)] == ["m", "a"]
    first = job_rows.page(connection, 5, "a", 0, 3)
    assert first is not None
    assert [each.id for each in first.messages] == ["a0", "a1", "a2"]
    assert first.next is not None
    second = job_rows.page(connection, 5, "a", first.next, 2)
    assert second is not None
    assert [(each.id, each.state) for each in second.messages] == [
        ("a3", "queued"),
        ("a4", "queued"),
    ]
    assert second.next is None
    assert job_rows.page(connection, 5, "nobody", 0, 3) is None


def test_a_job_is_forgotten_with_the_last_of_its_messages(connection: Connection) -> None:
    accepted(connection, job(2))
    now = AT + timedelta(days=12)
    lead(connection, "failed", ["j0"])
    assert accepting.forget_messages(connection, now, 10, 100) == 1
    assert jobs.forget(connection, now, 10, 100) == 0
    assert counts(stored(connection)) == {"queued": 1, "failed": 1}
    lead(connection, "failed", ["j1"])
    assert accepting.forget_messages(connection, now, 10, 100) == 1
    assert jobs.forget(connection, AT, 10, 100) == 0
    assert jobs.forget(connection, now, 10, 100) == 1
    assert connection.scalar(select(func.count()).select_from(Job)) == 0
