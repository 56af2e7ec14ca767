from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.protobufs import Message, MessageInfo, MessageSource, e2e, source
from whatsapp.message_shape import (
    is_conversation,
    message_key,
    shape_message,
    unshaped_message,
)
from whatsapp.store import OwnNumber

OWN = OwnNumber("+5511999990000", "1@lid")
CUSTOMER_PHONE, CUSTOMER_LID = "5521988880000@s.whatsapp.net", "2924@lid"
INCOMING = source(CUSTOMER_LID, CUSTOMER_LID, sender_alt=CUSTOMER_PHONE)


def message(
    content: e2e.Message, where: MessageSource = INCOMING, name: str = "Ana", **info: Any
) -> Message:
    return Message(
        Info=MessageInfo(
            MessageSource=where,
            ID="3EB0",
            Pushname=name,
            Timestamp=1_700_000_000_123,
            Type="text",
            **info,
        ),
        Message=content,
    )


def text(body: str = "oi", **context: Any) -> e2e.Message:
    return e2e.Message(
        extendedTextMessage=e2e.ExtendedTextMessage(
            text=body, contextInfo=e2e.ContextInfo(**context) if context else None
        )
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
        "text": "oi, tudo bem?",
        "media": None,
        "quoted": None,
        "mentions": [],
        "referral": None,
        "history": False,
    }


def test_a_chat_addressed_by_number_has_both_ids_too() -> None:
    where = source(CUSTOMER_PHONE, CUSTOMER_PHONE, sender_alt=CUSTOMER_LID)
    data = shape_message(message(text(), where), OWN)
    assert (data["chat"]["phone"], data["chat"]["lid"]) == ("+5521988880000", "2924@lid")


def test_what_the_shop_typed_on_its_phone_is_from_me_in_the_customers_chat() -> None:
    where = source(CUSTOMER_LID, "1@lid", recipient_alt=CUSTOMER_PHONE, IsFromMe=True)
    data = shape_message(message(text(), where, name="Loja"), OWN)
    assert data["fromMe"] is True
    assert data["chat"]["phone"] == "+5521988880000"
    assert data["chat"]["name"] is None
    assert data["sender"] == {"phone": "+5511999990000", "lid": "1@lid", "name": "Loja"}


def test_a_group_has_no_phone_and_its_sender_both_ids() -> None:
    where = source("123-456@g.us", CUSTOMER_LID, sender_alt=CUSTOMER_PHONE, IsGroup=True)
    data = shape_message(message(text(), where), OWN)
    assert data["chat"] == {
        "id": "123-456@g.us",
        "phone": None,
        "lid": None,
        "isGroup": True,
        "name": None,
    }
    assert data["sender"] == {"phone": "+5521988880000", "lid": "2924@lid", "name": "Ana"}


def test_what_is_not_known_is_null() -> None:
    data = shape_message(message(text(), source(CUSTOMER_LID, CUSTOMER_LID), name=""), None)
    assert data["sender"] == {"phone": None, "lid": "2924@lid", "name": None}


def test_a_quote_names_the_message_its_author_and_its_text() -> None:
    quoted = e2e.Message(imageMessage=e2e.ImageMessage(caption="o carro"))
    content = text(stanzaID="ABC", participant="1:3@lid", quotedMessage=quoted)
    assert shape_message(message(content), OWN)["quoted"] == {
        "id": "ABC",
        "sender": {"phone": "+5511999990000", "lid": "1@lid"},
        "text": "o carro",
    }


def test_mentions_name_people_by_what_is_known() -> None:
    content = text("@1 @5531", mentionedJID=["1@lid", "5531977770000@s.whatsapp.net"])
    assert shape_message(message(content), OWN)["mentions"] == [
        {"phone": "+5511999990000", "lid": "1@lid"},
        {"phone": "+5531977770000", "lid": None},
    ]


def test_a_customer_who_came_from_an_ad_brings_its_referral() -> None:
    ad = e2e.ContextInfo.ExternalAdReplyInfo(
        title="Golf 2020", sourceURL="https://fb.me/x", sourceID="77", ctwaClid="clid"
    )
    assert shape_message(message(text(externalAdReply=ad)), OWN)["referral"] == {
        "sourceUrl": "https://fb.me/x",
        "sourceId": "77",
        "sourceType": None,
        "title": "Golf 2020",
        "body": None,
        "ctwaClid": "clid",
    }


@pytest.mark.parametrize(
    ("content", "kind", "caption"),
    [
        (e2e.Message(imageMessage=e2e.ImageMessage(caption="olha")), "imageMessage", "olha"),
        (e2e.Message(audioMessage=e2e.AudioMessage(PTT=True)), "audioMessage", None),
        (e2e.Message(reactionMessage=e2e.ReactionMessage(text="👍")), "reactionMessage", "👍"),
        (e2e.Message(protocolMessage={"type": "REVOKE"}), "protocolMessage", None),
        (e2e.Message(), "unknown", None),
    ],
)
def test_every_other_kind_is_kept_as_unsupported_with_its_name_and_caption(
    content: e2e.Message, kind: str, caption: str | None
) -> None:
    event = message(content)
    assert is_conversation(event)
    data = shape_message(event, OWN)
    assert (data["type"], data["kind"], data["text"]) == ("unsupported", kind, caption)


def test_what_accompanies_a_content_is_not_taken_for_it() -> None:
    content = e2e.Message(
        senderKeyDistributionMessage={"groupID": "1@g.us"},
        messageContextInfo={"messageSecret": b"x" * 32},
        conversation="oi",
    )
    assert shape_message(message(content), OWN)["text"] == "oi"


@pytest.mark.parametrize(
    "content",
    [
        e2e.Message(protocolMessage={"type": "APP_STATE_SYNC_KEY_SHARE"}),
        e2e.Message(protocolMessage={"type": "HISTORY_SYNC_NOTIFICATION"}),
        e2e.Message(senderKeyDistributionMessage={"groupID": "1@g.us"}),
    ],
)
def test_what_devices_tell_one_another_is_no_conversation(content: e2e.Message) -> None:
    assert not is_conversation(message(content))


def test_a_peer_message_is_no_conversation_whatever_it_holds() -> None:
    assert not is_conversation(message(text(), Category="peer"))


def test_the_key_is_the_same_for_a_redelivery_and_differs_between_senders_and_chats() -> None:
    first = message(text())
    assert message_key(first) == message_key(message(text()))
    others = [
        source("9@lid", "9@lid"),
        source("1-2@g.us", CUSTOMER_LID, IsGroup=True),
        source("1-2@g.us", "9@lid", IsGroup=True),
    ]
    keys = {message_key(message(text(), where)) for where in others} | {message_key(first)}
    assert len(keys) == 4


def test_a_message_that_cannot_be_shaped_keeps_what_identifies_it() -> None:
    event = message(text("x"))
    data = unshaped_message(event, "2026-01-01T00:00:00.000Z")
    assert data.keys() == shape_message(event, OWN).keys() | {"kind"}
    assert (data["id"], data["chat"]["id"]) == ("3EB0", "2924@lid")
    assert (data["type"], data["kind"]) == ("unsupported", "unreadable")
