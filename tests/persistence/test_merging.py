"""Two names of one person, and the one conversation that they come to be; on each engine."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Connection

from persistence import accepting, conversations, empresas, filing, ledger, lives, merging
from persistence.message_life import MessageState
from persistence.outgoing_values import Change, NewOutgoing
from persistence.values import LedgerEvent, NewEvent
from tests.persistence.telling import (
    AT,
    CHAT,
    GROUP,
    OTHER_OWN,
    OWN,
    PHONE,
    change,
    changes,
    ids,
    link,
    message,
    ours,
    said,
    shown,
)

PN = "5521988880001@s.whatsapp.net"
#: As WhatsApp may know the same number.
WITHOUT_NINTH = "552188880001@s.whatsapp.net"
WHO: dict[str, Any] = {"phone": PHONE, "lid": None, "isGroup": False, "name": None}


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    link(connection)


def tell(connection: Connection, *items: NewEvent | Change) -> list[LedgerEvent]:
    """As the archive's transaction does; what is numbered."""
    heads = empresas.ensure(connection, [5])
    events = merging.merge(connection, {5: lives.follow(connection, 5, items).events})
    numbered = ledger.number(connection, heads, events)
    filing.file_events(connection, numbered)
    return [each for _, each in numbered.get(5, ())]


def by_phone(whatsapp_id: str, minute: int = 0, chat: str = PN, **other: Any) -> NewEvent:
    """What the shop wrote to her before it was known by which LID she goes."""
    phone = f"+{chat.partition('@')[0]}"
    return ours(whatsapp_id, minute, chat={**WHO, "id": chat, "phone": phone}, **other)


def merges(events: list[LedgerEvent]) -> list[dict[str, Any]]:
    return [json.loads(each.json) for each in events if each.type == merging.MERGED]


@pytest.mark.parametrize("chat", [PN, WITHOUT_NINTH])
def test_an_answer_that_tells_both_names_makes_one_conversation_of_two(
    connection: Connection, chat: str
) -> None:
    tell(connection, by_phone("first", chat=chat))
    events = tell(connection, message("answer", 1))
    assert merges(events) == [{"v": 1, "from": chat, "into": CHAT, "phone": PHONE, "lid": CHAT}]
    (found,) = shown(connection)
    assert (found.chat, found.phone, found.lid, found.name) == (CHAT, PHONE, CHAT, "Maria")
    assert (found.unread, found.last.at) == (1, AT.replace(minute=1))
    assert ids(said(connection)) == ["answer", "first"]
    assert merges(tell(connection, message("another", 2))) == []


def test_two_that_stood_apart_are_one_with_all_that_was_unread(connection: Connection) -> None:
    tell(connection, message("a", 5, chat={**WHO, "id": CHAT, "phone": None, "lid": CHAT}))
    tell(connection, by_phone("b", 6))
    tell(connection, message("c", 7, chat={**WHO, "id": PN}))
    assert len(shown(connection)) == 2
    tell(connection, message("d", 1))
    (found,) = shown(connection)
    assert (found.unread, found.last.at) == (3, AT.replace(minute=7))
    assert ids(said(connection)) == ["c", "b", "a", "d"]


def test_what_goes_to_the_number_later_stands_in_the_same_conversation(
    connection: Connection,
) -> None:
    tell(connection, message("a"))
    for chat, whatsapp_id in ((PN, "b"), (WITHOUT_NINTH, "c")):
        tell(connection, by_phone(whatsapp_id, 1, chat))
    new = NewOutgoing(5, "m", AT, AT, {"names": [PN]}, PN, "fast", {"type": "text", "text": "oi"})
    accepting.accept(connection, new)
    sending = Change("m", MessageState.SENDING, AT, chat=PN, secret=bytes(32))
    tell(connection, sending, Change("m", MessageState.SERVER_ACK, AT, whatsapp_id="w"))
    assert len(shown(connection)) == 1
    assert set(ids(said(connection))) == {"a", "b", "c", "w"}
    for name in (PN, PHONE, CHAT, WITHOUT_NINTH):
        found = conversations.find(connection, 5, None, [name])
        assert found is not None
        assert found.chat == CHAT


def test_what_is_done_under_the_one_name_changes_what_was_said_under_the_other(
    connection: Connection,
) -> None:
    tell(connection, message("a"))
    tell(connection, change("message_reaction", "a", emoji="👍", chat={**WHO, "id": PN}))
    (found,) = said(connection)
    assert [each["emoji"] for each in changes(found)["reactions"]] == ["👍"]


def test_other_people_groups_and_other_own_numbers_stay_apart(connection: Connection) -> None:
    somebody = "5521988880002@s.whatsapp.net"
    group = {**WHO, "id": GROUP, "phone": None, "isGroup": True}
    tell(connection, by_phone("a", chat=somebody), message("b", chat=group))
    tell(connection, by_phone("c", own=OTHER_OWN))
    events = tell(connection, message("d"))
    assert {each.chat for each in shown(connection)} == {somebody, GROUP, CHAT}
    # Her number under the shop's other one is hers there, too.
    assert [each["from"] for each in merges(events)] == [PN]
    assert [each.chat for each in shown(connection, OTHER_OWN)] == [CHAT]
    assert ids(said(connection)) == ["d"]


def test_a_stranger_cannot_have_anything_moved_by_what_he_writes(connection: Connection) -> None:
    tell(connection, by_phone("a"))
    for chat in ({}, {"id": 7, "phone": PHONE}, {"id": "x@lid", "phone": [PHONE]}, None, "text"):
        tell(connection, message(f"odd {chat}", chat=chat))
    assert PN in {each.chat for each in shown(connection)}
    assert OWN != PHONE
