from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.whatsapp.building import NOW_MS, build
from tests.whatsapp.originals import CUSTOMER, original
from tests.whatsapp.protobufs import Message, MessageInfo, e2e, source
from tests.whatsapp.uploading import WHERE, upload
from whatsapp.message_builder import build_message
from whatsapp.message_event import shape_event
from whatsapp.message_shape import shape_message
from whatsapp.plain_message import LinkPreview


def received(message: Any) -> dict[str, Any]:
    """What the receiving side says of it."""
    info = MessageInfo(
        MessageSource=source(CUSTOMER, CUSTOMER), ID="3EB0", Timestamp=NOW_MS, Type="text"
    )
    event = Message(Info=info, Message=message)
    assert shape_event(event, None) is not None
    return shape_message(event, None)


def test_a_plain_text_is_a_conversation() -> None:
    content = {"type": "text", "text": "oi", "mentions": []}
    assert build(content) == e2e.Message(conversation="oi")


def test_a_text_that_mentions_people_says_whom() -> None:
    content = {"type": "text", "text": "oi @1", "mentions": ["1@lid", "55@s.whatsapp.net"]}
    assert build(content) == e2e.Message(
        extendedTextMessage={
            "text": "oi @1",
            "contextInfo": {"mentionedJID": ["1@lid", "55@s.whatsapp.net"]},
        }
    )


def test_a_reply_names_the_message_that_it_answers() -> None:
    quoted = e2e.Message(conversation="quanto custa?")
    message = build({"type": "text", "text": "40 mil"}, quote=original(quoted))
    assert message == e2e.Message(
        extendedTextMessage={
            "text": "40 mil",
            "contextInfo": {
                "stanzaID": "3EB0A",
                "participant": CUSTOMER,
                "quotedMessage": quoted,
            },
        }
    )


def test_a_text_shows_the_page_that_it_links_to() -> None:
    page = LinkPreview("https://loja.example/golf", "Golf 2020", "Único dono", b"jpeg")
    content = {"type": "text", "text": "Veja https://loja.example/golf"}
    assert build(content, preview=page) == e2e.Message(
        extendedTextMessage={
            "text": "Veja https://loja.example/golf",
            "matchedText": "https://loja.example/golf",
            "title": "Golf 2020",
            "description": "Único dono",
            "JPEGThumbnail": b"jpeg",
        }
    )


@given(
    st.text(min_size=1),
    st.lists(st.from_regex(r"\A[1-9][0-9]{1,14}@lid\Z"), max_size=3),
    st.none() | st.text(),
)
def test_every_text_is_read_by_the_receiving_side_as_it_was_sent(
    text: str, mentions: list[str], quoted: str | None
) -> None:
    quote = None if quoted is None else original(text=quoted)
    message = build({"type": "text", "text": text, "mentions": mentions}, quote=quote)
    data = received(e2e.Message.FromString(message.SerializeToString()))
    assert (data["type"], data["text"]) == ("text", text)
    assert [who["lid"] for who in data["mentions"]] == mentions
    if quoted is None:
        assert data["quoted"] is None
    else:
        sender = {"phone": None, "lid": CUSTOMER}
        assert data["quoted"] == {
            "id": "3EB0A",
            "sender": sender,
            "type": "text",
            "text": quoted or None,
        }


def test_a_place_has_its_coordinates_and_what_is_known_of_it() -> None:
    content = {"type": "location", "latitude": -3.1, "longitude": -60.0}
    assert build(content | {"name": None, "address": None}) == e2e.Message(
        locationMessage={"degreesLatitude": -3.1, "degreesLongitude": -60.0}
    )
    named = build(content | {"name": "Loja", "address": "Rua A, 1"}).locationMessage
    assert (named.name, named.address) == ("Loja", "Rua A, 1")


def test_one_contact_is_a_card_and_several_are_a_list_of_them() -> None:
    people = [{"name": "Ana", "phone": "+5511999990000"}, {"name": "Zé", "phone": "+551133330000"}]
    one = build({"type": "contact", "contacts": people[:1]}).contactMessage
    assert one.displayName == "Ana"
    assert "waid=5511999990000:+5511999990000" in one.vcard
    several = build({"type": "contact", "contacts": people}).contactsArrayMessage
    assert several.displayName == "2 contatos"
    assert [card.displayName for card in several.contacts] == ["Ana", "Zé"]
    assert several.contacts[0] == one


@pytest.mark.parametrize("choices", [1, 2])
def test_a_poll_is_of_the_version_that_whatsmeow_sends_as_a_poll(choices: int) -> None:
    content = {"type": "poll", "question": "Cor?", "options": ["azul", "preto"], "choices": choices}
    assert build(content) == e2e.Message(
        pollCreationMessage={
            "name": "Cor?",
            "options": [{"optionName": "azul"}, {"optionName": "preto"}],
            "selectableOptionsCount": choices,
        }
    )


def test_media_brings_its_upload_and_answers_and_mentions_like_a_text() -> None:
    content = {"type": "image", "text": "olha @1", "mentions": ["1@lid"]}
    message = build(content, upload=upload("image/jpeg"), quote=original(text="?"))
    assert message == e2e.Message(
        imageMessage={
            **WHERE,
            "mimetype": "image/jpeg",
            "caption": "olha @1",
            "contextInfo": {
                "stanzaID": "3EB0A",
                "participant": CUSTOMER,
                "quotedMessage": {"conversation": "?"},
                "mentionedJID": ["1@lid"],
            },
        }
    )


@pytest.mark.parametrize(
    "content",
    [
        {"type": "location", "latitude": 1.0, "longitude": 2.0},
        {"type": "contact", "contacts": [{"name": "Ana", "phone": "+5511999990000"}]},
        {"type": "contact", "contacts": [{"name": "Ana", "phone": "+5511999990000"}] * 2},
        {"type": "poll", "question": "?", "options": ["a", "b"], "choices": 1},
    ],
)
def test_every_other_content_can_be_an_answer(content: dict[str, Any]) -> None:
    ((_, value),) = build(content, quote=original(text="?")).ListFields()
    assert value.contextInfo.stanzaID == "3EB0A"


def test_a_secret_of_another_length_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        build_message({"type": "text", "text": "oi"}, b"short", NOW_MS)
