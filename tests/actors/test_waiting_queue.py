"""What waits, and with whom it is, however that is written."""

from __future__ import annotations

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
