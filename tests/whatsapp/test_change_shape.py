from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from tests.whatsapp.messages import (
    CUSTOMER,
    CUSTOMER_LID,
    GROUP,
    IN_GROUP,
    INCOMING,
    NOBODY,
    OUTGOING,
    OWN,
    US,
    message,
    text,
)
from tests.whatsapp.protobufs import MessageSource, e2e
from whatsapp.message_event import shape_event
from whatsapp.store import OwnNumber

THEIRS = {"ID": "ABC", "fromMe": True}
OTHERS = {"ID": "ABC", "fromMe": False}


def shaped(
    where: MessageSource = INCOMING, own: OwnNumber | None = OWN, **content: Any
) -> tuple[str, dict[str, Any]]:
    event = shape_event(message(e2e.Message(**content), where), own)
    assert event is not None
    return event


def edit(key: dict[str, Any], new: e2e.Message) -> dict[str, Any]:
    return {"key": key, "type": "MESSAGE_EDIT", "editedMessage": new}


def revoke(key: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "type": "REVOKE"}


def test_an_edit_has_the_new_text_and_names_its_message() -> None:
    new = text("oi @1", mentionedJID=["1@lid"])
    assert shaped(protocolMessage=edit(THEIRS, new)) == (
        "message_edited",
        {
            "v": 1,
            "id": "3EB0",
            "chat": CUSTOMER | {"id": CUSTOMER_LID, "isGroup": False, "name": "Ana"},
            "sender": CUSTOMER | {"name": "Ana"},
            "fromMe": False,
            "timestamp": "2023-11-14T22:13:20.123Z",
            "target": {"id": "ABC", "sender": CUSTOMER, "fromMe": False},
            "text": "oi @1",
            "mentions": [US],
        },
    )


def test_an_edit_in_its_wrapper_is_read_and_so_is_that_of_a_caption() -> None:
    new = e2e.Message(ephemeralMessage={"message": {"imageMessage": {"caption": "prata"}}})
    wrapped = {"message": {"protocolMessage": edit(THEIRS, new)}}
    kind, data = shaped(editedMessage=wrapped)
    assert (kind, data["text"], data["mentions"]) == ("message_edited", "prata", [])


def test_an_edit_to_nothing_has_no_text() -> None:
    assert shaped(protocolMessage={"key": THEIRS, "type": "MESSAGE_EDIT"})[1]["text"] is None


def test_what_the_shop_edits_on_its_phone_is_its_own() -> None:
    _, data = shaped(OUTGOING, protocolMessage=edit(THEIRS, text("oi")))
    assert data["target"] == {"id": "ABC", "sender": US, "fromMe": True}
    assert data["fromMe"] is True


def test_a_deletion_says_that_its_sender_took_it_back() -> None:
    kind, data = shaped(protocolMessage=revoke(THEIRS))
    assert (kind, data["by"]) == ("message_deleted", "sender")
    assert data["target"] == {"id": "ABC", "sender": CUSTOMER, "fromMe": False}


def test_in_a_group_an_admin_deletes_what_others_wrote() -> None:
    kind, data = shaped(IN_GROUP, protocolMessage=revoke(OTHERS | {"participant": "1:2@lid"}))
    assert (kind, data["by"]) == ("message_deleted", "admin")
    assert data["target"] == {"id": "ABC", "sender": US, "fromMe": True}
    assert data["sender"] == CUSTOMER | {"name": "Ana"}


def test_a_key_that_calls_its_writer_another_is_seen_through() -> None:
    key = OTHERS | {"participant": CUSTOMER_LID}
    assert shaped(IN_GROUP, protocolMessage=revoke(key))[1]["by"] == "sender"


@pytest.mark.parametrize(
    ("where", "content"),
    [
        (INCOMING, revoke(OTHERS)),
        (INCOMING, edit(OTHERS, text("eu não disse isso"))),
        (IN_GROUP, edit(OTHERS | {"participant": "1@lid"}, text("nem isso"))),
        (INCOMING, {"key": THEIRS}),
        (INCOMING, {"type": "REVOKE"}),
    ],
)
def test_what_nobody_has_a_right_to_do_is_no_change(
    where: MessageSource, content: dict[str, Any]
) -> None:
    kind, data = shaped(where, protocolMessage=content)
    assert (kind, data["type"], data["kind"]) == ("message", "unsupported", "protocolMessage")


def test_a_type_that_the_protocol_does_not_know_yet_is_no_deletion() -> None:
    event = message(e2e.Message(protocolMessage=revoke(THEIRS)))
    raw = event.Message.protocolMessage.SerializeToString()
    assert raw.count(b"\x10\x00") == 1
    event.Message.protocolMessage.ParseFromString(raw.replace(b"\x10\x00", b"\x10\x7f"))
    kind, data = shape_event(event, OWN) or ("", {})
    assert (kind, data["kind"]) == ("message", "protocolMessage")


def test_a_reaction_has_its_emoji_and_none_where_it_is_taken_back() -> None:
    kind, data = shaped(reactionMessage={"key": OTHERS, "text": "👍"})
    assert (kind, data["emoji"]) == ("message_reaction", "👍")
    for taken_back in ({"text": ""}, {}):
        assert shaped(reactionMessage={"key": OTHERS} | taken_back)[1]["emoji"] is None


@pytest.mark.parametrize(
    ("where", "key", "author", "is_ours"),
    [
        (INCOMING, THEIRS, CUSTOMER, False),
        (INCOMING, OTHERS, US, True),
        (INCOMING, OTHERS | {"participant": "7@lid"}, US, True),
        (OUTGOING, THEIRS, US, True),
        (OUTGOING, OTHERS, CUSTOMER, False),
        (IN_GROUP, THEIRS, CUSTOMER, False),
        (IN_GROUP, OTHERS | {"participant": "1@lid"}, US, True),
        (IN_GROUP, OTHERS | {"participant": "7@lid"}, {"phone": None, "lid": "7@lid"}, False),
        (IN_GROUP, OTHERS, NOBODY, None),
    ],
)
def test_the_target_is_whose_the_key_says_from_the_view_of_its_writer(
    where: MessageSource, key: dict[str, Any], author: dict[str, Any], is_ours: bool | None
) -> None:
    _, data = shaped(where, reactionMessage={"key": key, "text": "👍"})
    assert data["target"] == {"id": "ABC", "sender": author, "fromMe": is_ours}


def test_who_we_are_is_not_guessed() -> None:
    _, data = shaped(own=None, reactionMessage={"key": OTHERS, "text": "👍"})
    assert data["target"] == {"id": "ABC", "sender": NOBODY, "fromMe": True}
    key = OTHERS | {"participant": "1@lid"}
    _, data = shaped(IN_GROUP, None, reactionMessage={"key": key, "text": "👍"})
    assert data["target"]["fromMe"] is None


def test_a_vote_keeps_what_it_takes_to_decrypt_it() -> None:
    key = OTHERS | {"remoteJID": GROUP, "participant": "1@lid"}
    update = {
        "pollCreationMessageKey": key,
        "vote": {"encPayload": b"\x00\xffsealed", "encIV": b"\x01" * 12},
    }
    kind, data = shaped(IN_GROUP, pollUpdateMessage=update)
    assert (kind, data["options"], data["chosen"]) == ("poll_vote", None, None)
    assert data["target"] == {"id": "ABC", "sender": US, "fromMe": True}
    kept = data["encrypted"]
    assert b64decode(kept["payload"]) == b"\x00\xffsealed"
    assert b64decode(kept["iv"]) == b"\x01" * 12
    assert (kept["chat"], kept["voter"]) == (GROUP, CUSTOMER_LID)
    assert kept["poll"] == {
        "id": "ABC",
        "fromMe": False,
        "remoteJid": GROUP,
        "participant": "1@lid",
    }


@pytest.mark.parametrize(
    "content",
    [
        {"reactionMessage": {"text": "👍"}},
        {"pollUpdateMessage": {"pollCreationMessageKey": THEIRS}},
        {"pollUpdateMessage": {"vote": {}}},
    ],
)
def test_a_change_to_nothing_is_an_unsupported_message(content: dict[str, Any]) -> None:
    kind, data = shaped(**content)
    assert (kind, data["type"], data["kind"]) == ("message", "unsupported", *content)
