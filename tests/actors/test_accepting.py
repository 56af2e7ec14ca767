"""What the archive does with the messages that the API accepts, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actors import messages as m
from actors import outgoing as o
from actors.actor import Place
from actors.errors import EmpresaNotFound, IdempotencyKeyReused, MessageNotFound
from actors.reader import ReaderActor
from actors.reply import ask_blocking
from persistence.message_life import MessageState
from tests.actors.archiving import AT, Archiving
from tests.databases import TestDatabase


@pytest.fixture
def archiving(site: TestDatabase) -> Iterator[Archiving]:
    made = Archiving(site)
    made.ask(m.SetWanted(5, wanted=True))
    yield made
    made.close()


def new(message_id: str, empresa_id: int = 5, **other: Any) -> o.AcceptMessage:
    values: dict[str, Any] = {
        "expires_at": AT + timedelta(days=1),
        "recipient": {"phone": "+5521988880001"},
        "chat": "769185781172756@lid",
        "lane": "fast",
        "content": {"type": "text", "text": "oi"},
    } | other
    return o.AcceptMessage(o.NewOutgoing(empresa_id, message_id, AT, **values))


SECRET = bytes(range(32))
SENDING = o.ChangeMessages(5, (o.Change("a", MessageState.SENDING, AT, secret=SECRET),))


def states(archiving: Archiving) -> list[tuple[int, str, str]]:
    batch = archiving.broadcast.next(m.EventsPublished).events
    return [(event.seq, event.type, event.data.get("state", "")) for event in batch]


def test_who_asks_is_answered_once_it_is_committed_and_listeners_hear(
    archiving: Archiving,
) -> None:
    archiving.subscribe(5)
    accepted = archiving.ask(new("a"))
    plain = o.Accepted("a", MessageState.QUEUED, "769185781172756@lid")
    assert replace(accepted, waiting=None) == plain
    assert accepted.waiting.conversation.id == plain.chat
    assert states(archiving) == [(1, "message_state", "queued")]


def test_a_repeat_is_answered_with_the_first_and_tells_nobody(archiving: Archiving) -> None:
    archiving.subscribe(5)
    key = o.Idempotency("k", b"digest")
    archiving.ask(new("a", idempotency=key))
    again = archiving.ask(new("b", idempotency=key))
    assert (again.id, again.is_replay) == ("a", True)
    archiving.ask(new("c"))
    assert states(archiving) == [(1, "message_state", "queued")]
    assert states(archiving) == [(2, "message_state", "queued")]


def test_a_key_of_another_body_and_an_unknown_empresa_are_refused(archiving: Archiving) -> None:
    archiving.ask(new("a", idempotency=o.Idempotency("k", b"digest")))
    with pytest.raises(IdempotencyKeyReused) as refused:
        archiving.ask(new("b", idempotency=o.Idempotency("k", b"another")))
    assert refused.value.fields == {"id": "a"}
    with pytest.raises(EmpresaNotFound):
        archiving.ask(new("c", empresa_id=6))
    assert archiving.stored(6) == []


def test_changes_and_what_a_session_records_lead_it_on_in_order(archiving: Archiving) -> None:
    archiving.subscribe(5)
    archiving.ask(new("a"))
    states(archiving)
    assert archiving.ask(SENDING) == SENDING.changes
    assert archiving.ask(SENDING) == ()
    assert states(archiving) == [(2, "message_state", "sending")]
    result: dict[str, Any] = {
        "id": "a",
        "secret": SECRET.hex(),
        "whatsappId": "3EB0",
        "state": "server_ack",
        "reason": None,
        "receipts": [],
    }
    receipt = {"messageIds": ["3EB0"], "kind": "delivered"}
    archiving.record(
        5,
        m.NewEvent("sent", AT, result, None, 1),
        m.NewEvent("receipt", AT, receipt, "receipt", 2),
    )
    assert states(archiving) == [
        (3, "message_state", "server_ack"),
        (4, "receipt", ""),
        (5, "message_state", "delivered"),
    ]
    assert archiving.session.next(m.EventsRecorded) == m.EventsRecorded(5, 2)


def test_what_a_session_records_twice_leads_on_once_and_is_confirmed(
    archiving: Archiving,
) -> None:
    archiving.ask(new("a"))
    archiving.ask(SENDING)
    result: dict[str, Any] = {
        "id": "a",
        "secret": SECRET.hex(),
        "whatsappId": "3EB0",
        "state": "server_ack",
        "reason": None,
        "receipts": [],
    }
    for _ in range(2):
        archiving.record(5, m.NewEvent("sent", AT, result, None, 7))
        assert archiving.session.next(m.EventsRecorded) == m.EventsRecorded(5, 7)
    assert [seq for seq, _ in archiving.stored(5)] == [1, 2, 3]


def test_a_change_of_an_empresa_that_was_erased_makes_none_anew(archiving: Archiving) -> None:
    archiving.ask(o.ChangeMessages(6, (o.Change("a", MessageState.SENDING, AT),)))
    assert archiving.site.rows("SELECT id FROM empresas") == [(5,)]


def test_a_reader_finds_what_waits_and_each_message_by_either_id(archiving: Archiving) -> None:
    archiving.ask(new("a"))
    reader = ReaderActor.start(Place("reader", archiving.monitor.ref), archiving.database)
    assert [each.id for each in ask_blocking(reader, o.WaitingMessages(5, 0, 10))] == ["a"]
    found = ask_blocking(reader, o.MessageOf(5, "a"))
    assert found.content == {"type": "text", "text": "oi"}
    with pytest.raises(MessageNotFound):
        ask_blocking(reader, o.MessageOf(5, "b"))
    with pytest.raises(EmpresaNotFound):
        ask_blocking(reader, o.MessageOf(6, "a"))
    reader.tell(m.Stop())
    archiving.monitor.next(m.ActorEnded)
