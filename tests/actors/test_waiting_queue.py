"""What waits, and with whom it is, however that is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from actors.outgoing import Conversation, Waiting
from actors.waiting_queue import WaitingQueue
from persistence.message_life import MessageState

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
PHONE, VARIANT, LID = "+5521988880001", "+552188880001", "769185781172756@lid"


def waiting(message_id: str, conversation: str, *phones: str, lane: str = "slow") -> Waiting:
    known = Conversation(conversation, phones, None)
    state = MessageState.QUEUED
    return Waiting(message_id, 1, AT, AT, None, lane, None, state, None, None, None, known)


def of_job(message_id: str, conversation: str, *phones: str, is_paused: bool = False) -> Waiting:
    made = waiting(message_id, conversation, *phones, lane="bulk")
    return replace(made, job="j", is_paused=is_paused)


def chats(queue: WaitingQueue) -> dict[str, str]:
    return {each.id: each.chat for each in queue.queued()}


def test_the_two_ways_to_write_a_number_are_one_conversation_in_its_order() -> None:
    queue = WaitingQueue()
    queue.add(waiting("a", PHONE, PHONE, VARIANT))
    queue.add(waiting("b", VARIANT, VARIANT))
    assert chats(queue) == {"a": PHONE, "b": PHONE}
    assert [each.id for each in queue] == ["a", "b"]


def test_who_writes_is_known_by_their_lid_from_then_on() -> None:
    queue = WaitingQueue()
    queue.add(waiting("a", PHONE, PHONE))
    assert queue.heard(LID, PHONE, AT)
    assert queue.heard(LID, None, AT - timedelta(hours=1))
    assert not queue.heard("1@lid", None, AT)
    queue.add(waiting("b", LID))
    assert chats(queue) == {"a": LID, "b": LID}
    assert {each.heard_at for each in queue.queued()} == {AT}


def test_who_writes_just_before_a_message_is_read_counts_for_it() -> None:
    queue = WaitingQueue()
    queue.heard(LID, PHONE, AT)
    queue.add(waiting("a", PHONE, PHONE))
    queue.clear()
    queue.add(waiting("a", PHONE, PHONE))
    (queued,) = queue.queued()
    assert (queued.chat, queued.heard_at) == (LID, AT)


def test_of_chats_in_which_nothing_waits_a_bounded_number_is_kept() -> None:
    queue = WaitingQueue()
    for number in range(5000):
        queue.heard(f"{number}@lid", f"+55{number}", AT)
    assert len(queue._heard) <= 1000
    assert len(queue._names) <= 1000


def test_a_change_is_told_from_a_message_and_more_stands_behind() -> None:
    queue = WaitingQueue()
    queue.add(waiting("a", LID, lane="fast"))
    found = queue.queued(waiting("a", LID), waiting("b", LID))
    assert [(each.id, each.is_change) for each in found] == [("a", True), ("b", False)]
    queue.remove("a")
    assert "a" not in queue
    assert len(queue) == 0


def test_who_turns_out_to_have_the_other_number_is_one_conversation_with_what_waits() -> None:
    queue = WaitingQueue()
    queue.add(of_job("a", PHONE, PHONE, VARIANT))
    queue.add(waiting("other", "1@lid"))
    queue.add(waiting("b", PHONE, PHONE, VARIANT))
    assert queue.heard(LID, VARIANT, AT)
    queue.add(waiting("c", LID))
    queue.add(waiting("d", PHONE, PHONE, VARIANT))
    assert chats(queue) == {"a": LID, "other": "1@lid", "b": LID, "c": LID, "d": LID}
    assert [each.heard_at for each in queue.queued()] == [AT, None, AT, AT, AT]
    assert [each.id for each in queue.lanes.in_chat(LID)] == ["a", "b", "c", "d"]


def test_what_waits_of_a_paused_job_may_not_go_but_may_be_late() -> None:
    queue = WaitingQueue()
    queue.add(of_job("a", PHONE, PHONE, is_paused=True))
    queue.add(waiting("b", PHONE, PHONE))
    assert [each.id for each in queue.queued()] == ["b"]
    assert len(queue.lanes) == 1
    assert len(queue) == 2
    assert [each.id for each in queue.late(AT, 10)] == ["a", "b"]
    queue.remove("a")
    assert [each.id for each in queue.late(AT, 10)] == ["b"]


def test_late_ones_are_found_by_their_deadlines_so_many_at_a_time() -> None:
    queue = WaitingQueue()
    for number in range(5):
        late = AT + (4 - number) * timedelta(hours=1)
        queue.add(replace(waiting(str(number), f"{number}@lid"), expires_at=late))
    assert queue.late(AT - timedelta(hours=1), 10) == []
    assert queue.next_deadline() == AT
    assert [each.id for each in queue.late(AT + timedelta(hours=3), 3)] == ["4", "3", "2"]
    assert len(queue.late(AT + timedelta(hours=3), 10)) == 4
    queue.remove("4")
    assert queue.next_deadline() == AT + timedelta(hours=1)
    queue.clear()
    assert queue.next_deadline() is None
    assert queue.late(AT + timedelta(days=1), 10) == []


def test_answers_that_come_and_go_beside_a_job_are_not_kept() -> None:
    queue = WaitingQueue()
    queue.add(of_job("a", PHONE, PHONE))
    for number in range(5000):
        queue.heard(f"{number}@lid", f"+55{number}", AT)
        queue.add(replace(waiting("b", f"{number}@lid", f"+55{number}"), expires_at=AT))
        queue.remove("b")
    kept = (queue._deadlines, queue._heard, queue._names, queue._parties)
    assert all(len(each) < 3100 for each in kept), [len(each) for each in kept]
    assert queue.heard(LID, PHONE, AT)
    assert chats(queue) == {"a": LID}


def test_nobody_types_twice_before_a_message_however_often_it_is_read() -> None:
    queue = WaitingQueue()
    asked = replace(waiting("a", LID), chat=LID, typing_ms=3000)
    queue.add(asked)
    queue.type(queue.queued()[0], AT)
    until = AT + timedelta(seconds=3)
    assert [each.typed_until for each in queue.queued()] == [until]
    queue.clear()
    queue.add(asked)
    assert [each.typed_until for each in queue.queued()] == [until]
    queue.remove("a")
    queue.add(asked)
    assert [each.typed_until for each in queue.queued()] == [None]


def test_nobody_types_where_the_chat_is_not_known_yet() -> None:
    queue = WaitingQueue()
    queue.add(replace(waiting("a", PHONE, PHONE), typing_ms=3000))
    assert [each.typing for each in queue.queued()] == [None]
