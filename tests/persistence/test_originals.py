"""The messages that others are about, found by an id; on each engine."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from persistence import accepting, chats, originals
from persistence.message_life import MessageState
from persistence.outgoing_values import Change, NewOutgoing
from persistence.values import NewEvent
from tests.persistence.telling import (
    AT,
    CHAT,
    GROUP,
    LATER,
    OTHER_OWN,
    OWN,
    PHONE,
    change,
    link,
    message,
    ours,
    tell,
)

SECRET = bytes(range(32))
NAMES = ["+5521988880001", "+552188880001"]


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    link(connection)


def accept(connection: Connection, message_id: str, **content: Any) -> None:
    body = {"type": "text", "text": "olá", "mentions": [], "quote": None, **content}
    recipient = {"kind": "phone", "names": NAMES}
    new = NewOutgoing(5, message_id, AT, AT + LATER, recipient, None, "slow", body)
    accepting.accept(connection, new)


def send(connection: Connection, message_id: str, chat: str = CHAT) -> None:
    step = Change(message_id, MessageState.SENDING, AT, secret=SECRET, chat=chat)
    data: dict[str, Any] = {"id": message_id, "whatsappId": f"W{message_id}"}
    data |= {"secret": SECRET.hex(), "state": "server_ack", "reason": None, "receipts": []}
    tell(connection, step, NewEvent("sent", AT, data, raw=b"built"))


def test_a_message_is_found_by_whatsapps_id_as_it_stands_now(connection: Connection) -> None:
    tell(connection, message("a", 3, raw=b"raw"))
    (found,) = originals.find(connection, 5, "a")
    assert (found.whatsapp_id, found.seq, found.outgoing_id) == ("a", 1, None)
    assert (found.chat["id"], found.from_me, found.at) == (CHAT, False, AT + 3 * LATER)
    assert found.sender == {"phone": PHONE, "lid": CHAT}
    assert (found.said["type"], found.said["text"]) == ("text", "texto a")
    assert (found.raw, found.is_edited, found.is_deleted) == (b"raw", False, False)
    tell(connection, change("message_edited", "a", text="novo", mentions=[]))
    tell(connection, change("message_deleted", "a", 2, by="sender"))
    (found,) = originals.find(connection, 5, "a")
    assert (found.said["text"], found.is_edited, found.is_deleted) == ("novo", True, True)


def test_one_that_the_api_sent_is_found_by_both_its_ids(connection: Connection) -> None:
    accept(connection, "m")
    (waits,) = originals.find(connection, 5, "m")
    assert (waits.whatsapp_id, waits.seq, waits.state) == (None, None, "queued")
    assert (waits.chat["id"], waits.recipient) == (None, {"kind": "phone", "names": NAMES})
    assert waits.said["text"] == "olá"
    send(connection, "m")
    (by_ours,), (by_theirs,) = (originals.find(connection, 5, name) for name in ("m", "Wm"))
    assert by_ours == by_theirs
    assert (by_ours.whatsapp_id, by_ours.outgoing_id, by_ours.raw) == ("Wm", "m", b"built")
    assert (by_ours.from_me, by_ours.sender["phone"]) == (True, OWN)


def test_one_of_ours_by_our_id_is_never_a_strangers_of_the_same_id(connection: Connection) -> None:
    accept(connection, "m")
    send(connection, "m")
    tell(connection, message("Wm"))
    assert [each.from_me for each in originals.find(connection, 5, "m")] == [True]
    assert {each.from_me for each in originals.find(connection, 5, "Wm")} == {True, False}


def test_what_is_another_empresas_or_numbers_or_no_message_is_not_found(
    connection: Connection,
) -> None:
    tell(connection, message("a"), message("b", own=OTHER_OWN))
    accept(connection, "r", type="reaction", target="a", emoji="👍")
    for name in ("b", "r", "unknown", "x" * 128):
        assert originals.find(connection, 5, name) == []
    assert originals.find(connection, 6, "a") == []
    link(connection, OTHER_OWN)
    assert originals.find(connection, 5, "a") == []


@pytest.mark.parametrize(
    ("to", "is_there"),
    [
        ([CHAT], True),
        (NAMES, True),
        (["+5521988880001"], True),
        (["+5521988880009"], False),
        (["1@lid"], False),
        ([GROUP], False),
    ],
)
def test_whether_it_is_in_the_chat_that_was_asked_about(
    connection: Connection, to: list[str], *, is_there: bool
) -> None:
    tell(connection, message("a"))
    chats.note(connection, {5: [message("a")]})
    (found,) = originals.find(connection, 5, "a", to)
    assert found.is_there is is_there


def test_a_number_in_another_spelling_is_the_chat_that_goes_by_it(connection: Connection) -> None:
    accept(connection, "m")
    (waits,) = originals.find(connection, 5, "m", NAMES)
    assert waits.is_there
    send(connection, "m", "552188880001@s.whatsapp.net")
    for to, is_there in ((NAMES, True), (["+5521988880009"], False)):
        (found,) = originals.find(connection, 5, "m", to)
        assert found.is_there is is_there
    # The same person, who has answered under a LID since.
    chats.note(connection, {5: [ours("b", chat={"id": CHAT, "phone": "+552188880001"})]})
    (found,) = originals.find(connection, 5, "m", [CHAT])
    assert found.is_there
