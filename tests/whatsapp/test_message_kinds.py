from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.messages import OWN, message
from tests.whatsapp.protobufs import e2e
from whatsapp.message_kinds import KINDS
from whatsapp.message_shape import shape_message


def shaped(**content: Any) -> dict[str, Any]:
    return shape_message(message(e2e.Message(**content)), OWN)


def test_the_table_names_fields_of_the_protocol() -> None:
    assert KINDS.keys() <= {field.name for field in e2e.Message.DESCRIPTOR.fields}


def test_every_poll_of_the_protocol_is_in_the_table() -> None:
    polls = [
        field.name
        for field in e2e.Message.DESCRIPTOR.fields
        if field.message_type and field.message_type.name == "PollCreationMessage"
    ]
    assert {KINDS[name].type for name in polls} == {"poll"}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_kind_of_which_every_field_is_missing_has_a_type_and_no_text(name: str) -> None:
    data = shaped(**{name: "" if name == "conversation" else {}})
    assert data["type"] == KINDS[name].type
    assert data["text"] is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"imageMessage": {"caption": "olha"}}, "image"),
        ({"videoMessage": {"caption": "olha"}}, "video"),
        ({"documentMessage": {"caption": "olha", "fileName": "a.pdf"}}, "document"),
        ({"liveLocationMessage": {"caption": "olha"}}, "location"),
        ({"locationMessage": {"comment": "olha"}}, "location"),
    ],
)
def test_a_caption_is_the_text(content: dict[str, Any], kind: str) -> None:
    data = shaped(**content)
    assert (data["type"], data["text"]) == (kind, "olha")


def test_a_sound_is_an_audio_and_a_recorded_one_a_voice() -> None:
    assert shaped(audioMessage={})["type"] == "audio"
    assert shaped(audioMessage={"PTT": True})["type"] == "voice"


def test_a_video_says_whether_it_plays_as_a_gif() -> None:
    assert shaped(videoMessage={"gifPlayback": True})["gif"] is True
    assert shaped(videoMessage={})["gif"] is False
    assert shaped(ptvMessage={})["type"] == "video"
    assert shaped(stickerMessage={})["gif"] is None


def test_a_location_has_a_place_and_what_is_there() -> None:
    place = {"degreesLatitude": -22.9, "degreesLongitude": -43.2, "accuracyInMeters": 15}
    there = {"name": "Loja", "address": "Rua A, 1", "URL": "https://maps"}
    assert shaped(locationMessage=place | there)["location"] == {
        "latitude": -22.9,
        "longitude": -43.2,
        "accuracy": 15,
        "name": "Loja",
        "address": "Rua A, 1",
        "url": "https://maps",
        "live": False,
    }
    live = shaped(liveLocationMessage=place)["location"]
    assert (live["live"], live["latitude"], live["name"]) == (True, -22.9, None)


@pytest.mark.parametrize("degrees", [float("nan"), float("inf"), 181.0, None])
def test_a_place_on_no_map_is_null(degrees: float | None) -> None:
    where = {} if degrees is None else {"degreesLatitude": degrees, "degreesLongitude": degrees}
    location = shaped(locationMessage=where)["location"]
    assert (location["latitude"], location["longitude"]) == (None, None)


def test_the_equator_is_on_the_map() -> None:
    where = {"degreesLatitude": 0.0, "degreesLongitude": -51.0}
    assert shaped(locationMessage=where)["location"]["latitude"] == 0.0


def test_a_poll_has_its_question_its_options_and_how_many_may_be_chosen() -> None:
    poll = {
        "name": "Qual cor?",
        "options": [{"optionName": "Prata"}, {"optionName": "Preto"}],
        "selectableOptionsCount": 1,
    }
    read = {"question": "Qual cor?", "options": ["Prata", "Preto"], "choices": 1}
    assert shaped(pollCreationMessageV3=poll)["poll"] == read
    whole = {"message": {"pollCreationMessage": poll | {"selectableOptionsCount": 0}}}
    assert shaped(pollCreationMessageV4=whole)["poll"] == read | {"choices": None}


def test_one_contact_or_many_are_a_list() -> None:
    one = {"displayName": "Maria", "vcard": "BEGIN:VCARD\nTEL:+55 21 98888-0001\nEND:VCARD"}
    card = {"name": "Maria", "phones": [{"phone": "+5521988880001", "text": "+55 21 98888-0001"}]}
    assert shaped(contactMessage=one)["contacts"] == [card]
    assert shaped(contactsArrayMessage={"contacts": [one, {}]})["contacts"] == [
        card,
        {"name": None, "phones": []},
    ]


@pytest.mark.parametrize(
    ("content", "choice"),
    [
        (
            {"buttonsResponseMessage": {"selectedButtonID": "b1", "selectedDisplayText": "Sim"}},
            {"id": "b1", "description": None, "form": None},
        ),
        (
            {"templateButtonReplyMessage": {"selectedID": "t1", "selectedDisplayText": "Sim"}},
            {"id": "t1", "description": None, "form": None},
        ),
        (
            {
                "listResponseMessage": {
                    "title": "Sim",
                    "description": "o prata",
                    "singleSelectReply": {"selectedRowID": "r1"},
                }
            },
            {"id": "r1", "description": "o prata", "form": None},
        ),
        (
            {
                "interactiveResponseMessage": {
                    "body": {"text": "Sim"},
                    "nativeFlowResponseMessage": {"paramsJSON": '{"id": "f1", "ano": 2020}'},
                }
            },
            {"id": "f1", "description": None, "form": '{"id": "f1", "ano": 2020}'},
        ),
    ],
)
def test_the_answer_to_a_businesss_question_is_a_text_that_names_what_was_chosen(
    content: dict[str, Any], choice: dict[str, Any]
) -> None:
    data = shaped(**content)
    assert (data["type"], data["text"], data["choice"]) == ("text", "Sim", choice)


@pytest.mark.parametrize(
    "form", ["", "[]", "{", '{"id": 7}', "[" * 60_000, '{"id": ' + "9" * 5000 + "}", " " * 70_000]
)
def test_a_form_of_which_nothing_can_be_read_has_no_id(form: str) -> None:
    answer = {"nativeFlowResponseMessage": {"paramsJSON": form}}
    choice = shaped(interactiveResponseMessage=answer)["choice"]
    assert choice == {"id": None, "description": None, "form": form or None}


def test_half_a_character_in_a_form_does_not_get_out_of_it() -> None:
    answer = {"nativeFlowResponseMessage": {"paramsJSON": r'{"id": "a\ud800"}'}}
    assert shaped(interactiveResponseMessage=answer)["choice"]["id"] == "a?"


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        ({"buttonsMessage": {"contentText": "Qual?"}}, "buttonsMessage", "Qual?"),
        ({"listMessage": {"description": "Qual?"}}, "listMessage", "Qual?"),
        ({"interactiveMessage": {"body": {"text": "Qual?"}}}, "interactiveMessage", "Qual?"),
        (
            {"templateMessage": {"hydratedTemplate": {"hydratedContentText": "Qual?"}}},
            "templateMessage",
            "Qual?",
        ),
        ({"productMessage": {"product": {"title": "Onix"}}}, "productMessage", "Onix"),
        ({"orderMessage": {"message": "quero este"}}, "orderMessage", "quero este"),
        ({"groupInviteMessage": {"caption": "venha"}}, "groupInviteMessage", "venha"),
        ({"reactionMessage": {"text": "👍"}}, "reactionMessage", "👍"),
        ({"protocolMessage": {"type": "EPHEMERAL_SETTING"}}, "protocolMessage", None),
        ({}, "unknown", None),
    ],
)
def test_every_other_kind_is_kept_as_unsupported_with_its_name_and_text(
    content: dict[str, Any], kind: str, said: str | None
) -> None:
    data = shaped(**content)
    assert (data["type"], data["kind"], data["text"]) == ("unsupported", kind, said)
