from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from tests.whatsapp.messages import IN_GROUP, INCOMING, OWN, image, message, text
from tests.whatsapp.originals import CUSTOMER, GROUP, context, original
from tests.whatsapp.protobufs import e2e
from whatsapp.original import key_of, original_of, quote_of, said_in
from whatsapp.stored_form import stored_form


def test_in_a_chat_of_two_a_message_is_named_without_its_sender() -> None:
    key = key_of(original())
    assert (key.remoteJID, key.fromMe, key.ID) == (CUSTOMER, False, "3EB0A")
    assert not key.HasField("participant")


def test_in_a_group_somebody_elses_message_is_named_with_its_sender_without_device() -> None:
    key = key_of(original(chat=GROUP))
    assert (key.remoteJID, key.fromMe, key.participant) == (GROUP, False, CUSTOMER)


def test_our_own_message_in_a_group_is_named_without_a_sender() -> None:
    key = key_of(original(chat=GROUP, sender="1@lid", from_me=True))
    assert key.fromMe
    assert not key.HasField("participant")


def test_a_quote_names_the_message_and_its_author_and_repeats_what_was_said() -> None:
    quote = quote_of(original(e2e.Message(conversation="oi")))
    assert quote == e2e.ContextInfo(
        stanzaID="3EB0A", participant=CUSTOMER, quotedMessage=e2e.Message(conversation="oi")
    )


def test_what_is_quoted_brings_neither_its_own_quote_nor_its_secret() -> None:
    text = e2e.ExtendedTextMessage(text="oi", contextInfo=context())
    stored = e2e.Message(
        extendedTextMessage=text, messageContextInfo={"messageSecret": b"theirs" * 5}
    )
    assert quote_of(original(stored)).quotedMessage == e2e.Message(
        extendedTextMessage={"text": "oi"}
    )


def test_what_is_quoted_is_taken_out_of_its_wrappers() -> None:
    document = e2e.Message(documentMessage={"caption": "a proposta", "mediaKey": b"k"})
    stored = e2e.Message(
        ephemeralMessage={"message": {"documentWithCaptionMessage": {"message": document}}}
    )
    assert quote_of(original(stored)).quotedMessage == document


@pytest.mark.parametrize(
    "stored",
    [
        e2e.Message(viewOnceMessageV2={"message": {"imageMessage": {"mediaKey": b"k"}}}),
        e2e.Message(imageMessage={"mediaKey": b"k", "viewOnce": True}),
    ],
)
def test_a_quoted_picture_to_be_seen_once_cannot_be_seen_again(stored: Any) -> None:
    quoted = quote_of(original(stored)).quotedMessage
    assert quoted == e2e.Message(imageMessage={"viewOnce": True})


def test_of_anything_else_to_be_seen_once_only_the_kind_is_quoted() -> None:
    stored = e2e.Message(viewOnceMessage={"message": {"stickerMessage": {"mediaKey": b"k"}}})
    assert quote_of(original(stored)).quotedMessage == e2e.Message(stickerMessage={})


@pytest.mark.parametrize(
    "message",
    [
        None,
        b"",
        b"\xff no message",
        e2e.Message(protocolMessage={"type": "REVOKE"}).SerializeToString(),
        b"\x0a\x01\xff",  # a conversation that is no UTF-8
    ],
)
def test_what_was_not_kept_or_cannot_be_repeated_is_quoted_by_the_text_that_is_known(
    message: bytes | None,
) -> None:
    quote = quote_of(original(text="oi", message=message))
    assert quote.quotedMessage == e2e.Message(conversation="oi")
    assert quote.stanzaID == "3EB0A"


def test_what_accompanies_a_message_is_not_what_it_says() -> None:
    keys = e2e.Message(senderKeyDistributionMessage={"groupID": GROUP}, messageContextInfo={})
    assert said_in(keys.SerializeToString()) is None


def told(raw: bytes | None = None, **other: Any) -> dict[str, Any]:
    """As a `Send` tells of a customer's text, unless the test says otherwise."""
    known: dict[str, Any] = {
        "id": "3EB0A",
        "chat": CUSTOMER,
        "fromMe": False,
        "phone": "+5521988880000",
        "lid": CUSTOMER,
        "type": "text",
        "text": "oi",
        "isEdited": False,
        "raw": None if raw is None else b64encode(raw).decode(),
    }
    return known | other


def content(about: dict[str, Any]) -> Any:
    return e2e.Message.FromString(original_of(about, OWN).message or b"")


def test_what_was_received_is_taken_out_of_the_librarys_own_bytes() -> None:
    raw = message(image("olha"), INCOMING).SerializePartialToString()
    found = original_of(told(raw, type="image", text="olha"), OWN)
    assert (found.message_id, found.chat, found.from_me, found.text) == (
        *("3EB0A", CUSTOMER),
        *(False, "olha"),
    )
    assert content(told(raw)) == image("olha")


def test_what_was_sent_is_taken_out_of_the_form_in_which_it_was_stored() -> None:
    assert content(told(stored_form(text("oi")), fromMe=True)) == text("oi")


@pytest.mark.parametrize("raw", [None, b"\xff damaged"])
def test_a_text_that_is_not_kept_says_what_is_known_of_it(raw: bytes | None) -> None:
    assert content(told(raw)) == e2e.Message(conversation="oi")
    assert original_of(told(raw, type="image"), OWN).message is None


def test_an_edited_message_is_as_the_edit_has_left_it() -> None:
    new: dict[str, Any] = {"text": "novo", "isEdited": True}
    plain = e2e.Message(conversation="novo")
    assert content(told(stored_form(text("velho")), **new)) == plain
    assert content(told(None, **new)) == plain
    picture = e2e.Message(imageMessage={"URL": "u", "caption": "velho"})
    edited = content(told(stored_form(picture), **{**new, "type": "image"}))
    assert (edited.imageMessage.URL, edited.imageMessage.caption) == ("u", "novo")


@pytest.mark.parametrize(
    ("about", "sender"),
    [
        ({}, CUSTOMER),
        ({"chat": "5521988880000@s.whatsapp.net"}, "5521988880000@s.whatsapp.net"),
        ({"fromMe": True}, "1@lid"),
        (
            {"fromMe": True, "chat": "5521988880000@s.whatsapp.net"},
            "5511999990000@s.whatsapp.net",
        ),
        ({"chat": GROUP}, CUSTOMER),
        ({"chat": GROUP, "lid": None}, "5521988880000@s.whatsapp.net"),
        ({"chat": GROUP, "fromMe": True}, "1@lid"),
    ],
)
def test_its_writer_is_named_as_the_chat_addresses_people(
    about: dict[str, Any], sender: str
) -> None:
    assert original_of(told(**about), OWN).sender == sender


def test_in_a_group_its_writer_is_named_as_the_message_named_them() -> None:
    raw = message(text(), IN_GROUP).SerializePartialToString()
    assert original_of(told(raw, chat=GROUP, lid="9@lid"), OWN).sender == CUSTOMER
