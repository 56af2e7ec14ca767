"""Each empresa's handler, its place in the ledger and its memories; on each engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from persistence import chats, empresas, handlers, ledger, outgoing
from persistence.handler_values import ChosenHandler, HandlerStep, Remembered, StoredHandler
from persistence.outgoing_values import NewOutgoing
from persistence.values import NewEvent

AT = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)
DAY = timedelta(days=1)
LID, PHONE = "769185781172756@lid", "+5521988880001"
JID = "5521988880001@s.whatsapp.net"
RULES = ChosenHandler("rules", {"greeting": "Olá! 🚗"})


def choose(connection: Connection, chosen: ChosenHandler | None, empresa_id: int = 5) -> None:
    heads = empresas.heads(connection, [empresa_id])
    handlers.choose(connection, {empresa_id: chosen}, heads)


def append(connection: Connection, count: int) -> None:
    events = [NewEvent("message", AT, {})] * count
    ledger.append(connection, empresas.heads(connection, [5]), {5: events})


def take(connection: Connection, *steps: HandlerStep) -> dict[int, list[str]]:
    heads = empresas.heads(connection, [5, 6])
    taken = handlers.take(connection, dict(enumerate(steps)), heads)
    return {place: [event.type for event in events] for place, events in taken.items()}


def text(message_id: str) -> NewOutgoing:
    return NewOutgoing(5, message_id, AT, AT + DAY, {"names": [LID]}, LID, "slow", {"type": "text"})


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    empresas.ensure(connection, [5, 6])


def test_a_handler_begins_at_the_end_of_the_ledger(connection: Connection) -> None:
    assert handlers.find(connection, 5) is None
    append(connection, 3)
    choose(connection, RULES)
    assert handlers.find(connection, 5) == StoredHandler(RULES, 3, 0, None)
    assert handlers.find(connection, 6) is None
    stored = {each.empresa_id: each.has_handler for each in empresas.every(connection)}
    assert stored == {5: True, 6: False}


def test_with_other_settings_it_goes_on_and_another_one_begins_anew(
    connection: Connection,
) -> None:
    choose(connection, RULES)
    kept = Remembered(PHONE, {"a": 1}, (1,))
    append(connection, 3)
    failed = {"kind": "raises"}
    assert take(connection, HandlerStep(5, 0, 2, AT, kept, failures=4, last_failure=failed))
    other = ChosenHandler("rules", {})
    choose(connection, other)
    assert handlers.find(connection, 5) == StoredHandler(other, 2, 0, None)
    assert handlers.remembered(connection, 5, LID, PHONE) == kept
    choose(connection, ChosenHandler("echo", {}))
    assert handlers.find(connection, 5) == StoredHandler(ChosenHandler("echo", {}), 3, 0, None)
    assert handlers.remembered(connection, 5, LID, PHONE) == Remembered(PHONE, None)


def test_without_a_handler_nothing_is_remembered(connection: Connection) -> None:
    choose(connection, RULES)
    take(connection, HandlerStep(5, 0, 0, AT, Remembered(PHONE, {"a": 1})))
    choose(connection, None)
    choose(connection, None)
    assert handlers.find(connection, 5) is None
    choose(connection, RULES)
    assert handlers.remembered(connection, 5, LID, PHONE).memory is None


def test_a_step_is_stored_as_a_whole(connection: Connection) -> None:
    choose(connection, RULES)
    kept = Remembered(PHONE, {"text": "meia \ud83d e \0"}, (1764000000,))
    failure = {"kind": "chat_limit"}
    step = HandlerStep(
        5,
        0,
        7,
        AT,
        kept,
        (text("handler-7-1"), text("handler-7-2")),
        (NewEvent("handler_failed", AT, {}),),
        failures=2,
        last_failure=failure,
    )
    assert take(connection, step) == {0: ["message_state", "message_state", "handler_failed"]}
    assert handlers.find(connection, 5) == StoredHandler(RULES, 7, 2, failure)
    assert handlers.remembered(connection, 5, LID, PHONE) == kept
    waiting = outgoing.waiting(connection, 5, 0, 10)
    assert [each.id for each in waiting] == ["handler-7-1", "handler-7-2"]


def test_a_step_that_is_repeated_or_late_or_of_nobody_changes_nothing(
    connection: Connection,
) -> None:
    choose(connection, RULES)
    step = HandlerStep(5, 0, 7, AT, Remembered(PHONE, {"a": 1}), (text("handler-7-1"),))
    assert take(connection, step, step) == {0: ["message_state"]}
    late = replace(step, position=8, remembered=Remembered(PHONE, {"a": 2}))
    nobody = replace(step, empresa_id=6)
    unknown = replace(step, empresa_id=7)
    assert take(connection, late, nobody, unknown) == {}
    assert handlers.remembered(connection, 5, LID, PHONE).memory == {"a": 1}
    assert len(outgoing.waiting(connection, 5, 0, 10)) == 1


def test_a_failure_stays_until_the_next_and_no_longer_in_a_row(connection: Connection) -> None:
    choose(connection, RULES)
    take(connection, HandlerStep(5, 0, 1, AT, failures=1, last_failure={"kind": "hangs"}))
    take(connection, HandlerStep(5, 1, 2, AT))
    assert handlers.find(connection, 5) == StoredHandler(RULES, 2, 0, {"kind": "hangs"})


def test_a_number_and_its_lid_are_one_conversation(connection: Connection) -> None:
    choose(connection, RULES)
    assert handlers.remembered(connection, 5, LID, None) == Remembered(LID, None)
    take(connection, HandlerStep(5, 0, 1, AT, Remembered(LID, {"a": 1})))
    known = Remembered(PHONE, {"a": 1})
    assert handlers.remembered(connection, 5, LID, PHONE) == known
    assert handlers.remembered(connection, 5, JID, None) == Remembered(PHONE, None)
    told = NewEvent("message", AT, {"chat": {"id": LID, "phone": PHONE}})
    chats.note(connection, {5: [told]})
    assert handlers.remembered(connection, 5, LID, None) == known
    take(connection, HandlerStep(5, 1, 2, AT, Remembered(PHONE, {"a": 2})))
    for chat, phone in ((LID, None), (LID, PHONE), (JID, None)):
        assert handlers.remembered(connection, 5, chat, phone) == Remembered(PHONE, {"a": 2})
    group = "120363001122334455@g.us"
    assert handlers.remembered(connection, 5, group, None) == Remembered(group, None)


def test_what_was_remembered_long_ago_is_forgotten(connection: Connection) -> None:
    choose(connection, RULES)
    for number in range(3):
        kept = Remembered(f"+552198888000{number}", {})
        take(connection, HandlerStep(5, number, number + 1, AT + number * DAY, kept))
    assert handlers.forget(connection, AT + 12 * DAY, 10, 1) == 1
    assert handlers.forget(connection, AT + 12 * DAY, 10, 10) == 1
    assert handlers.forget(connection, AT + 12 * DAY, 10, 10) == 0
