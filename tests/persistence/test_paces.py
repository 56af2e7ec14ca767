from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from persistence import chats, empresas, erasing, paces
from persistence.outgoing_values import Conversation, PaceState, Profile, StoredPace
from persistence.values import NewEvent

AT = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)
PROFILE = Profile(
    "Auto Río 🚗", "America/Manaus", {"perMinute": 1.5, "closedDates": ["2026-12-25"]}
)
STATE = PaceState("+5521999990001", {"seed": 2**61, "opened": ["1@lid"]})


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    empresas.ensure(connection, [5, 6])


def hear(connection: Connection, chat: str, phone: str | None, at: datetime = AT) -> None:
    data = {"chat": {"id": chat, "phone": phone}, "fromMe": False}
    chats.note(connection, {5: [NewEvent("message", at, data)]})


def test_an_empresa_has_nothing_set_and_an_unknown_one_is_none(connection: Connection) -> None:
    assert paces.find(connection, 5) == StoredPace(Profile(None, None, {}), None)
    assert paces.find(connection, 7) is None


def test_what_is_set_and_what_is_remembered_are_replaced_apart(connection: Connection) -> None:
    paces.put_profiles(connection, {5: PROFILE})
    paces.put_states(connection, {5: STATE, 6: STATE})
    assert paces.find(connection, 5) == StoredPace(PROFILE, STATE)
    paces.put_profiles(connection, {5: Profile(None, None, {})})
    other = PaceState("+5511888880002", {"seed": 1})
    paces.put_states(connection, {5: other})
    assert paces.find(connection, 5) == StoredPace(Profile(None, None, {}), other)
    assert paces.find(connection, 6) == StoredPace(Profile(None, None, {}), STATE)


def test_an_empresa_that_is_erased_leaves_nothing_of_it(connection: Connection) -> None:
    paces.put_states(connection, {5: STATE})
    erasing.begin(connection, 5)
    assert erasing.erase_more(connection, 5)
    assert paces.find(connection, 5) is None


def test_with_whom_a_message_is_the_chats_tell(connection: Connection) -> None:
    hear(connection, "1@lid", "+5521988880001")
    found = chats.conversations(
        connection,
        5,
        [
            ("5521988880001@s.whatsapp.net", ["+5521988880001", "+552188880001"]),
            ("1@lid", ["1@lid"]),
            (None, ["+5521988880001", "+552188880001"]),
            (None, ["+5521988880002", "+552188880002"]),
            ("9@lid", ["9@lid"]),
        ],
    )
    both = ("+5521988880001", "+552188880001")
    assert found == [
        Conversation("1@lid", ("+5521988880001",), AT),
        Conversation("1@lid", (), AT),
        Conversation("1@lid", both, AT),
        Conversation("+5521988880002", ("+5521988880002", "+552188880002"), None),
        Conversation("9@lid", (), None),
    ]


def test_of_two_chats_of_one_number_the_one_that_was_heard_last_counts(
    connection: Connection,
) -> None:
    later = AT + timedelta(minutes=1)
    hear(connection, "2@lid", "+5521988880001", later)
    hear(connection, "1@lid", "+5521988880001")
    (found,) = chats.conversations(connection, 5, [("5521988880001@s.whatsapp.net", [])])
    assert found == Conversation("2@lid", ("+5521988880001",), later)
