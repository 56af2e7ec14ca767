from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection

from persistence import accepting, empresas, idempotency, ledger, lives, outgoing
from persistence.message_life import OPEN, MessageState, may_follow
from persistence.outgoing_values import Accepted, Change, Idempotency, NewOutgoing
from persistence.values import NewEvent

AT = datetime(2026, 11, 24, 14, 16, 54, 123456, tzinfo=UTC)
CHAT = "769185781172756@lid"
LATER = timedelta(hours=25)


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    empresas.ensure(connection, [5, 6])


def new(message_id: str, empresa_id: int = 5, at: datetime = AT, **other: Any) -> NewOutgoing:
    values: dict[str, Any] = {
        "expires_at": at + timedelta(days=1),
        "recipient": {"phone": "+5521988880001"},
        "chat": CHAT,
        "lane": "fast",
        "content": {"type": "text", "text": "olá 😀"},
    } | other
    return NewOutgoing(empresa_id, message_id, at, **values)


def accept(connection: Connection, message: NewOutgoing) -> Accepted:
    return accepting.accept(connection, message)[0]


def change(connection: Connection, *changes: Change) -> list[dict[str, Any]]:
    return [event.data for event in lives.follow(connection, 5, changes).events]


def step(message_id: str, state: MessageState, **other: Any) -> Change:
    return Change(message_id, state, AT, **other)


def state_of(connection: Connection, message_id: str) -> MessageState:
    found = outgoing.message(connection, 5, message_id)
    assert found is not None
    return found.state


def test_what_is_accepted_is_queued_and_said(connection: Connection) -> None:
    accepted, event = accepting.accept(connection, new("a"))
    assert accepted.waiting == outgoing.waiting(connection, 5, 0, 1)[0]
    assert replace(accepted, waiting=None) == Accepted("a", MessageState.QUEUED, CHAT)
    data = {"v": 1, "id": "a", "whatsappId": None, "chat": CHAT, "state": "queued", "reason": None}
    assert event == NewEvent("message_state", AT, data)
    found = outgoing.message(connection, 5, "a")
    assert found is not None
    assert found.content == {"type": "text", "text": "olá 😀"}
    assert [(each.state, each.at) for each in found.steps] == [(MessageState.QUEUED, AT)]


def test_messages_wait_in_the_order_of_each_empresas_asking(connection: Connection) -> None:
    for message_id in ("z", "a", "m"):
        accept(connection, new(message_id))
    accept(connection, new("b", empresa_id=6))
    waiting = outgoing.waiting(connection, 5, 0, 10)
    assert [(each.id, each.number) for each in waiting] == [("z", 1), ("a", 2), ("m", 3)]
    assert [each.id for each in outgoing.waiting(connection, 5, 1, 1)] == ["a"]
    assert outgoing.with_some(connection) == [5, 6]


def test_the_same_key_finds_the_first_message_for_24_hours(connection: Connection) -> None:
    key = Idempotency("k", b"digest")
    accept(connection, new("a", idempotency=key))
    change(connection, step("a", MessageState.CANCELLED))
    again, event = accepting.accept(connection, new("b", idempotency=key))
    assert again == Accepted("a", MessageState.CANCELLED, CHAT, is_replay=True)
    assert event is None
    assert outgoing.message(connection, 5, "b") is None
    other = accept(connection, new("c", idempotency=Idempotency("k", b"another")))
    assert (other.id, other.is_replay, other.is_same) == ("a", True, False)
    assert not accept(connection, new("d", 6, idempotency=key)).is_replay
    assert not accept(connection, new("e", at=AT + LATER, idempotency=key)).is_replay


def test_a_key_is_known_for_24_hours_without_asking_for_anything(connection: Connection) -> None:
    key = Idempotency("k", b"digest")
    assert accepting.known(connection, 5, key, AT) is None
    accept(connection, new("a", idempotency=key))
    found = Accepted("a", MessageState.QUEUED, CHAT, is_replay=True)
    assert accepting.known(connection, 5, key, AT) == found
    other = accepting.known(connection, 5, Idempotency("k", b"another"), AT)
    assert other is not None
    assert not other.is_same
    assert accepting.known(connection, 6, key, AT) is None
    assert accepting.known(connection, 5, key, AT + LATER) is None


def test_the_files_are_known_that_messages_still_have_to_bring(connection: Connection) -> None:
    def with_file(message_id: str, digest: str, empresa_id: int = 5) -> None:
        content = {"type": "document", "text": '"file"', "file": {"sha256": digest}}
        accept(connection, new(message_id, empresa_id, content=content))

    for message_id, digest in (("a", "d1"), ("b", "d2"), ("c", "d2"), ("d", "d3")):
        with_file(message_id, digest)
    with_file("e", "d4", empresa_id=6)
    accept(connection, new("f", content={"type": "text", "text": '"file"'}))
    change(connection, step("a", MessageState.CANCELLED), step("b", MessageState.SENDING))
    assert outgoing.files(connection, 5) == {"d2", "d3"}


def test_keys_that_stand_for_nothing_any_more_are_dropped(connection: Connection) -> None:
    for number in range(3):
        key = Idempotency(f"k{number}", b"x")
        accept(connection, new(f"m{number}", at=AT + number * LATER, idempotency=key))
    assert idempotency.forget(connection, AT + 2 * LATER, 1) == 1
    assert idempotency.forget(connection, AT + 2 * LATER, 10) == 1
    assert idempotency.forget(connection, AT + 2 * LATER, 10) == 0


def test_a_message_goes_through_its_states_and_each_is_said(connection: Connection) -> None:
    accept(connection, new("a", chat=None))
    said = change(
        connection,
        step("a", MessageState.SENDING, chat=CHAT, store="store-1"),
        step("a", MessageState.SERVER_ACK, whatsapp_id="3EB0"),
        step("a", MessageState.DELIVERED),
        step("a", MessageState.READ),
    )
    assert [each["state"] for each in said] == ["sending", "server_ack", "delivered", "read"]
    assert [each["whatsappId"] for each in said] == [None, "3EB0", "3EB0", "3EB0"]
    assert {each["chat"] for each in said} == {CHAT}
    found = outgoing.message(connection, 5, "3EB0")
    assert found is not None
    assert [each.state for each in found.steps] == ["queued", *(each["state"] for each in said)]
    assert outgoing.waiting(connection, 5, 0, 10) == []
    assert outgoing.with_some(connection) == []


def test_what_comes_late_or_is_unknown_changes_nothing(connection: Connection) -> None:
    accept(connection, new("a"))
    change(connection, step("a", MessageState.SENDING), step("a", MessageState.READ))
    assert change(connection, step("a", MessageState.SERVER_ACK)) == []
    assert change(connection, step("a", MessageState.DELIVERED)) == []
    assert change(connection, step("nobody", MessageState.SENDING)) == []
    assert lives.follow(connection, 6, [step("a", MessageState.PLAYED)]).events == []
    assert state_of(connection, "a") is MessageState.READ


def test_one_that_never_left_waits_in_its_old_place_and_each_attempt_has_its_secret(
    connection: Connection,
) -> None:
    for message_id in ("a", "b"):
        accept(connection, new(message_id))
    for secret in (b"1" * 32, b"2" * 32):
        change(connection, step("a", MessageState.SENDING, secret=secret, store="store-1"))
        first, second = outgoing.waiting(connection, 5, 0, 10)
        assert (first.state, first.secret, first.store) == (MessageState.SENDING, secret, "store-1")
        assert (second.id, second.secret) == ("b", None)
        change(connection, step("a", MessageState.QUEUED))
    assert [each.id for each in outgoing.waiting(connection, 5, 0, 10)] == ["a", "b"]


def receipt(kind: str, *ids: str) -> NewEvent:
    return NewEvent("receipt", AT, {"messageIds": list(ids), "kind": kind})


SECRET = bytes(range(32))


def sending(message_id: str) -> Change:
    return step(message_id, MessageState.SENDING, secret=SECRET, store="store-1")


def sent(
    message_id: str, whatsapp_id: str | None, state: str, reason: str | None = None, *receipts: str
) -> NewEvent:
    data = {"id": message_id, "whatsappId": whatsapp_id, "state": state, "reason": reason}
    return NewEvent("sent", AT, data | {"secret": SECRET.hex(), "receipts": list(receipts)})


def test_receipts_lead_on_what_was_sent_through_us_and_stay_events_themselves(
    connection: Connection,
) -> None:
    for number in range(2):
        accept(connection, new(f"m{number}"))
        change(connection, sending(f"m{number}"))
    items = [
        sent("m0", "w0", "server_ack"),
        receipt("delivered", "w1", "of the phone", "w0"),
        sent("m1", "w1", "server_ack"),
        receipt("read", "w0", "w1"),
        receipt("read", "w0"),
        NewEvent("message", AT, {"id": "w0"}),
    ]
    events = lives.follow(connection, 5, items).events
    told = [(event.type, event.data.get("id"), event.data.get("state")) for event in events]
    assert told == [
        ("message_state", "m0", "server_ack"),
        ("receipt", None, None),
        ("message_state", "m0", "delivered"),
        ("message_state", "m1", "server_ack"),
        ("receipt", None, None),
        ("message_state", "m0", "read"),
        ("message_state", "m1", "read"),
        ("receipt", None, None),
        ("message", "w0", None),
    ]
    assert lives.follow(connection, 5, items[:1]).events == []


def test_a_send_that_was_refused_fails_with_its_reason(connection: Connection) -> None:
    accept(connection, new("a"))
    change(connection, sending("a"))
    (failed,) = lives.follow(connection, 5, [sent("a", None, "failed", "not_on_whatsapp")]).events
    assert (failed.data["state"], failed.data["reason"]) == ("failed", "not_on_whatsapp")


def test_more_receipts_than_one_statement_takes_are_all_found(connection: Connection) -> None:
    accept(connection, new("a"))
    change(connection, sending("a"))
    lives.follow(connection, 5, [sent("a", "zz", "server_ack")])
    many = receipt("read", *(f"{number:04}" for number in range(1200)), "zz")
    assert [event.type for event in lives.follow(connection, 5, [many]).events] == [
        "receipt",
        "message_state",
    ]


def test_receipts_that_were_faster_than_the_answer_follow_it(connection: Connection) -> None:
    accept(connection, new("a"))
    change(connection, sending("a"))
    told = lives.follow(connection, 5, [sent("a", "w", "server_ack", None, "delivered", "read")])
    states = [event.data["state"] for event in told.events]
    assert states == ["server_ack", "delivered", "read"]


def test_one_that_left_in_a_crash_is_settled_by_the_receipts_that_came_before(
    connection: Connection,
) -> None:
    accept(connection, new("a"))
    change(connection, sending("a"))
    heads = empresas.ensure(connection, [5])
    kept = [receipt("delivered", "w", "other"), receipt("read", "other"), receipt("read", "w")]
    ledger.append(connection, heads, {5: kept})
    said = change(connection, step("a", MessageState.UNCONFIRMED, whatsapp_id="w"))
    assert [each["state"] for each in said] == ["unconfirmed", "delivered", "read"]


def test_what_is_told_of_an_earlier_attempt_changes_nothing(connection: Connection) -> None:
    accept(connection, new("a"))
    change(connection, sending("a"), step("a", MessageState.QUEUED))
    change(connection, step("a", MessageState.SENDING, secret=b"n" * 32))
    assert lives.follow(connection, 5, [sent("a", None, "failed", "gone")]).events == []
    assert state_of(connection, "a") is MessageState.SENDING


def test_of_each_item_it_is_known_whether_it_was_taken(connection: Connection) -> None:
    accept(connection, new("a"))
    items: list[NewEvent | Change] = [
        sending("a"),
        sending("a"),
        NewEvent("status", AT, {}),
        sent("b", None, "failed"),
    ]
    assert lives.follow(connection, 5, items).taken == [True, False, True, False]


@given(st.lists(st.sampled_from(MessageState), max_size=12))
def test_a_message_is_open_exactly_while_it_may_still_be_sent(states: list[MessageState]) -> None:
    present = MessageState.QUEUED
    for each in states:
        if may_follow(present, each):
            present = each
    if present in OPEN:
        assert may_follow(present, MessageState.FAILED)
    else:
        assert not may_follow(present, MessageState.CANCELLED)


def test_no_state_follows_an_end_and_a_receipt_settles_whatever_is_not_settled() -> None:
    for end in (MessageState.CANCELLED, MessageState.PLAYED):
        assert not any(may_follow(end, each) for each in MessageState)
    for unsettled in (MessageState.SENDING, MessageState.UNCONFIRMED, MessageState.SERVER_ACK):
        assert may_follow(unsettled, MessageState.DELIVERED)
    assert may_follow(MessageState.FAILED, MessageState.READ)
    assert not may_follow(MessageState.FAILED, MessageState.QUEUED)


@pytest.mark.parametrize(
    ("is_group", "before", "after"),
    [
        (False, (), "failed"),
        (False, ("delivered",), "delivered"),
        (True, (), "server_ack"),
    ],
)
def test_what_a_phone_cannot_read_and_nobody_can_repeat_has_failed_unless_another_device_has_it(
    connection: Connection, before: tuple[str, ...], after: str, *, is_group: bool
) -> None:
    accept(connection, new("m"))
    change(connection, sending("m"))
    data = {"messageIds": ["w"], "chat": {"id": CHAT, "isGroup": is_group}}
    asked = NewEvent("message_asked_again", AT, data)
    items = [sent("m", "w", "server_ack"), *(receipt(each, "w") for each in before), asked]
    events = lives.follow(connection, 5, items).events
    assert asked in events
    found = outgoing.message(connection, 5, "m")
    assert found is not None
    assert found.state == after
    assert found.reason == ("not_decrypted" if after == "failed" else None)
