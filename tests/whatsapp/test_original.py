from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.originals import CUSTOMER, GROUP, context, original
from tests.whatsapp.protobufs import e2e
from whatsapp.original import key_of, quote_of, said_in


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
