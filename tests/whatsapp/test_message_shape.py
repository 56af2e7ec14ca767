from __future__ import annotations

import json

import pytest

from persistence.json_text import json_text
from tests.whatsapp.messages import (
    CUSTOMER_LID,
    CUSTOMER_PHONE,
    GROUP,
    IN_GROUP,
    OUTGOING,
    OWN,
    image,
    message,
    text,
)
from tests.whatsapp.protobufs import Message, e2e, source
from whatsapp.message_shape import (
    message_key,
    shape_message,
    unparsed_message,
    unshaped_message,
)


def test_a_customers_text_has_both_its_ids_and_every_field() -> None:
    event = message(e2e.Message(conversation="oi, tudo bem?"))
    assert shape_message(event, OWN) == {
        "v": 1,
        "id": "3EB0",
        "chat": {
            "id": "2924@lid",
            "phone": "+5521988880000",
            "lid": "2924@lid",
            "isGroup": False,
            "name": "Ana",
        },
        "sender": {"phone": "+5521988880000", "lid": "2924@lid", "name": "Ana"},
        "fromMe": False,
        "timestamp": "2023-11-14T22:13:20.123Z",
        "type": "text",
        "kind": None,
        "text": "oi, tudo bem?",
        "viewOnce": False,
        "media": None,
        "gif": None,
        "location": None,
        "contacts": None,
        "poll": None,
        "choice": None,
        "quoted": None,
        "mentions": [],
        "referral": None,
        "history": False,
        "retried": False,
    }


def test_a_chat_addressed_by_number_has_both_ids_too() -> None:
    where = source(CUSTOMER_PHONE, CUSTOMER_PHONE, sender_alt=CUSTOMER_LID)
    data = shape_message(message(text(), where), OWN)
    assert (data["chat"]["phone"], data["chat"]["lid"]) == ("+5521988880000", "2924@lid")


def test_what_the_shop_typed_on_its_phone_is_from_me_in_the_customers_chat() -> None:
    data = shape_message(message(text(), OUTGOING, name="Loja"), OWN)
    assert data["fromMe"] is True
    assert data["chat"]["phone"] == "+5521988880000"
    assert data["chat"]["name"] is None
    assert data["sender"] == {"phone": "+5511999990000", "lid": "1@lid", "name": "Loja"}


def test_a_group_has_no_phone_and_its_sender_both_ids() -> None:
    data = shape_message(message(text(), IN_GROUP), OWN)
    assert data["chat"] == {
        "id": GROUP,
        "phone": None,
        "lid": None,
        "isGroup": True,
        "name": None,
    }
    assert data["sender"] == {"phone": "+5521988880000", "lid": "2924@lid", "name": "Ana"}


def test_what_is_not_known_is_null() -> None:
    data = shape_message(message(text(), source(CUSTOMER_LID, CUSTOMER_LID), name=""), None)
    assert data["sender"] == {"phone": None, "lid": "2924@lid", "name": None}


@pytest.mark.parametrize("address", ["", "@lid", "2924", "@", "٣٤@s.whatsapp.net"])
def test_an_address_that_is_none_names_nobody(address: str) -> None:
    data = shape_message(message(text(mentionedJID=[address]), source(address, address)), OWN)
    assert data["sender"]["phone"] is None
    assert data["mentions"][0]["phone"] is None


def test_a_message_of_which_every_field_is_missing_has_all_of_its_own() -> None:
    data = shape_message(Message(), None)
    assert data.keys() == shape_message(message(text()), OWN).keys()
    assert (data["type"], data["kind"], data["id"]) == ("unsupported", "unknown", "")


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [
        (-1, "1970-01-01T00:00:00.000Z"),
        (2**63 - 1, "9999-12-31T23:59:59.000Z"),
    ],
)
def test_a_time_of_no_calendar_is_the_nearest_of_one(milliseconds: int, said: str) -> None:
    event = message(text())
    event.Info.Timestamp = milliseconds
    assert shape_message(event, OWN)["timestamp"] == said


def test_a_text_of_10_mb_is_kept_whole() -> None:
    body = "ç" * 5_000_000
    assert shape_message(message(text(body)), OWN)["text"] == body


def test_what_is_no_utf_8_is_kept_as_far_as_it_can_be_read() -> None:
    # Half a surrogate pair and a byte of nothing, as only other clients than ours can send them.
    raw = message(text("olá ABC, tudo bem?"), name="AnaABC").SerializePartialToString()
    event = Message()
    event.MergeFromString(raw.replace(b"ABC", b"\xed\xa0\x80").replace(b"bem", b"b\xffm"))
    data = shape_message(event, OWN)
    assert data["text"] == "olá \ufffd\ufffd\ufffd, tudo b\ufffdm?"
    assert data["sender"]["name"] == "Ana\ufffd\ufffd\ufffd"
    assert json.loads(json_text(data)) == data


def test_media_is_described() -> None:
    media = shape_message(message(image("olha")), OWN)["media"]
    assert (media["state"], len(media["id"])) == ("failed", 32)
    assert shape_message(message(text()), OWN)["media"] is None


def test_media_of_a_redelivered_message_has_the_same_id_and_that_of_another_has_not() -> None:
    def media_id(event: Message) -> str:
        name: str = shape_message(event, OWN)["media"]["id"]
        return name

    assert media_id(message(image("a"))) == media_id(message(image("a")))
    assert media_id(message(image("a"))) != media_id(message(image("a"), IN_GROUP))


def test_the_key_is_the_same_for_a_redelivery_and_differs_between_senders_and_chats() -> None:
    first = message(text())
    assert message_key(first) == message_key(message(text()))
    others = [
        source("9@lid", "9@lid"),
        source("1-2@g.us", CUSTOMER_LID, IsGroup=True),
        source("1-2@g.us", "9@lid", IsGroup=True),
    ]
    keys = {message_key(message(text(), where)) for where in others} | {message_key(first)}
    assert len(keys | {message_key(first, "message_edited")}) == 5


def test_a_message_that_cannot_be_shaped_keeps_what_identifies_it() -> None:
    event = message(text("x"))
    data = unshaped_message(event, "2026-01-01T00:00:00.000Z")
    assert data.keys() == shape_message(event, OWN).keys()
    assert (data["id"], data["chat"]["id"]) == ("3EB0", "2924@lid")
    assert (data["type"], data["kind"]) == ("unsupported", "unreadable")


def test_a_message_that_cannot_be_parsed_has_the_same_fields() -> None:
    data, whole = unparsed_message("2026-01-01T00:00:00.000Z"), shape_message(Message(), None)
    assert data.keys() == whole.keys()
    assert data["chat"].keys() == whole["chat"].keys()
    assert data["sender"].keys() == whole["sender"].keys()
