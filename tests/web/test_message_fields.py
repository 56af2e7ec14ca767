"""Fields that messages of several types have: what each may be."""

from __future__ import annotations

import pytest

from tests.web.outgoing import MARIA, MARIAS, read, refusal
from web import cards, message_fields, message_media, message_refusals


@pytest.mark.parametrize("text", ["x", "  Olá,\r\n\n*Maria*!  ", "👍" * 65_536])
def test_a_text_is_taken_as_it_is(text: str) -> None:
    assert read("text", text=text).content["text"] == text


@pytest.mark.parametrize("text", [None, "", " \n\t", 5, ["Olá"], True])
def test_a_text_that_is_none_is_refused(text: object) -> None:
    for kind in ("text", "edit"):
        assert refusal(kind, text=text).code == "invalid_text"


@pytest.mark.parametrize(("kind", "limit"), [("text", 65_536), ("edit", 65_536), ("image", 1024)])
def test_a_text_that_is_too_long_is_refused_with_its_limit(kind: str, limit: int) -> None:
    assert read(kind, text="x" * limit).content["text"] == "x" * limit
    answer = refusal(kind, text="x" * (limit + 1))
    assert (answer.code, answer.fields) == ("text_too_long", {"field": "text", "limit": limit})
    assert str(limit) in answer.sentence
    assert str(limit + 1) in answer.sentence


@pytest.mark.parametrize("bad", ["a\x00", "\ud83d", "\udc00\ud83d"])
@pytest.mark.parametrize(
    ("kind", "field"),
    [("text", "text"), ("image", "text"), ("location", "name"), ("poll", "question")],
)
def test_what_cannot_be_stored_or_sent_is_refused(kind: str, field: str, bad: str) -> None:
    answer = refusal(kind, **{field: bad})
    assert (answer.code, answer.fields["field"]) == ("invalid_characters", field)


@pytest.mark.parametrize("kind", ["text", "image", "video", "document", "edit"])
def test_people_are_mentioned_by_number_or_address_and_once(kind: str) -> None:
    names = [MARIA, "21 99999-8888", "769185781172756:2@lid"]
    lid = {"kind": "lid", "jid": "769185781172756@lid", "candidates": []}
    assert read(kind, mentions=names).content["mentions"] == [MARIAS, lid]


@pytest.mark.parametrize(
    ("mentions", "field"),
    [
        ("21999998888", "mentions"),
        ({}, "mentions"),
        ([MARIA] * 1025, "mentions"),
        ([MARIA, "Maria"], "mentions[1]"),
        ([None], "mentions[0]"),
        (["120363025912345678@g.us"], "mentions[0]"),
        (["status@broadcast"], "mentions[0]"),
    ],
)
def test_mentions_of_anybody_else_are_refused(mentions: object, field: str) -> None:
    answer = refusal("text", mentions=mentions)
    assert (answer.code, answer.fields["field"]) == ("invalid_mentions", field)


@pytest.mark.parametrize("value", [1, 0, "true", [], {}])
@pytest.mark.parametrize(("kind", "name"), [("audio", "voice"), ("poll", "typing")])
def test_an_option_is_true_or_false(kind: str, name: str, value: object) -> None:
    assert refusal(kind, **{name: value}).code == "invalid_option"
    assert refusal(kind, **{name: value}).fields == {"field": name}


def test_options_are_kept() -> None:
    assert read("audio", voice=True).content["voice"] is True
    assert read("poll", typing=True).typing is True


@pytest.mark.parametrize("kind", ["reaction", "edit", "delete"])
def test_nobody_types_before_a_change(kind: str) -> None:
    assert read(kind, typing=True).typing is False


@pytest.mark.parametrize("seconds", [1, 60, 604_800])
def test_a_message_expires_when_its_sender_says(seconds: int) -> None:
    assert read("text", expiresIn=seconds).expires_in == seconds


@pytest.mark.parametrize("seconds", [0, -1, 604_801, 60.0, "60", True, [], 10**400])
def test_any_other_time_to_expire_is_refused(seconds: object) -> None:
    assert refusal("text", expiresIn=seconds).code == "invalid_expires_in"


def test_every_sentence_names_the_limits_that_are_in_force() -> None:
    for kind, numbers in {
        message_refusals.InvalidMentions: [message_fields.MAX_MENTIONS],
        message_refusals.InvalidExpiresIn: [message_fields.MAX_EXPIRES_IN],
        message_refusals.InvalidMediaUrl: [message_media.MAX_URL],
        message_refusals.InvalidLocation: [cards.MAX_PLACE_NAME],
        message_refusals.InvalidContact: [cards.MAX_CONTACTS, cards.MAX_CONTACT_NAME],
        message_refusals.InvalidPoll: [
            cards.MAX_QUESTION,
            cards.MIN_OPTIONS,
            cards.MAX_OPTIONS,
            cards.MAX_OPTION,
        ],
    }.items():
        for number in numbers:
            assert f" {number} " in kind.sentence or f" {number})" in kind.sentence, kind
