import pytest

from simulator.phone.contents import Content, new_id, parse, read, text_message
from simulator.phone.errors import MalformedMessageError
from simulator.phone.protobufs import Message


def test_a_text_carries_a_secret_of_its_own() -> None:
    first, second = text_message("oi"), text_message("oi")
    assert read(first) == Content("text", "oi", None)
    assert len(first.messageContextInfo.messageSecret) == 32
    assert first.messageContextInfo.messageSecret != second.messageContextInfo.messageSecret


def test_a_text_with_a_preview_is_a_text() -> None:
    message = Message()
    message.extendedTextMessage.text = "https://example.com"
    assert read(message) == Content("text", "https://example.com", None)


def test_a_text_that_answers_tells_what_it_answers() -> None:
    message = Message()
    message.extendedTextMessage.text = "tem"
    message.extendedTextMessage.contextInfo.stanzaID = "3EB0"
    assert read(message) == Content("text", "tem", None, context={"stanzaID": "3EB0"})


def test_a_copy_for_ones_own_device_tells_whom_it_was_for() -> None:
    message = Message()
    message.deviceSentMessage.destinationJID = "2924@lid"
    message.deviceSentMessage.message.conversation = "oi"
    assert read(message) == Content("text", "oi", "2924@lid")


def test_other_kinds_are_told_by_their_names_with_what_the_user_wrote() -> None:
    image, reaction, protocol = Message(), Message(), Message()
    image.imageMessage.caption = "olha"
    reaction.reactionMessage.text = "👍"
    protocol.protocolMessage.type = 0
    assert read(image) == Content("image", "olha", None, {"caption": "olha"})
    assert read(reaction) == Content("reaction", "👍", None, {"text": "👍"})
    assert read(protocol) == Content("protocol", "", None, {"type": "REVOKE"})


def test_a_message_without_content_has_no_type() -> None:
    message = Message()
    message.messageContextInfo.messageSecret = bytes(32)
    assert read(message) == Content("", "", None)


@pytest.mark.parametrize("data", [b"", b"\xff\xff"])
def test_what_is_no_message_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        parse(data)


def test_ids_are_32_capital_hexadecimal_digits_and_never_the_same() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(one) == 32 and int(one, 16) and one == one.upper() for one in ids)
