"""The JSON body of each type of message: what is made of it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Refusal
from tests.web.outgoing import ABOUT_ANOTHER, BODIES, MARIA, REPLIES, body, read, refusal
from tests.web.refused import refused
from web.message_bodies import outgoing_message
from web.message_media import MAX_BYTES
from web.recipients import Recipient


@pytest.mark.parametrize("kind", BODIES)
def test_a_body_of_each_type_is_read(kind: str) -> None:
    message = read(kind)
    quote = {} if kind in ABOUT_ANOTHER else {"quote": None}
    assert message.content == {"type": kind, **BODIES[kind][1], **quote}
    assert message.to == Recipient("phone", None, ("+5521999998888", "+552199998888"))
    assert (message.expires_in, message.typing) == (86400, False)
    assert (message.media is not None) == (kind in MAX_BYTES)
    assert json.loads(json.dumps(message.content)) == message.content


@pytest.mark.parametrize("kind", BODIES)
def test_unknown_fields_and_nulls_are_ignored(kind: str) -> None:
    nulls = dict.fromkeys(["quote", "mentions", "linkPreview", "voice", "typing", "expiresIn"])
    assert read(kind, unknown={"x": 1}, **nulls) == read(kind)


@pytest.mark.parametrize("kind", ["Text", "", None, 1, ["text"], {}, "ptt", "album"])
def test_an_unknown_type_is_refused_with_those_there_are(kind: object) -> None:
    answer = refused(outgoing_message, {"to": MARIA, "type": kind, "text": "Olá"})
    assert answer.code == "unknown_message_type"
    assert answer.fields["types"] == list(BODIES)


@pytest.mark.parametrize("kind", [*REPLIES, "forward"])
def test_a_body_without_a_recipient_is_refused(kind: str) -> None:
    assert refusal(kind, to=None).code == "invalid_recipient"


@pytest.mark.parametrize("kind", ["reaction", "edit", "delete"])
def test_a_change_needs_no_recipient_and_has_one_that_makes_sense(kind: str) -> None:
    assert read(kind, to=None).to is None
    assert refusal(kind, to="eu").code == "invalid_recipient"


@pytest.mark.parametrize("kind", ["audio", "sticker"])
def test_a_text_that_nobody_would_see_is_refused(kind: str) -> None:
    assert refusal(kind, text="Olá").code == "invalid_text"


@pytest.mark.parametrize("quoted", ["3EB0C767D097B7C4D3A2", "wamid.HBgM==", "x" * 128])
@pytest.mark.parametrize("kind", REPLIES)
def test_a_reply_names_the_message_that_it_answers(kind: str, quoted: str) -> None:
    assert read(kind, quote=quoted).content["quote"] == quoted


@pytest.mark.parametrize("quoted", ["", " ", "a b", "x" * 129, 5, {"id": "3EB0"}, "ação"])
def test_a_reply_to_what_is_no_id_is_refused(quoted: object) -> None:
    assert refusal("text", quote=quoted).code == "invalid_quote"


@pytest.mark.parametrize("kind", ABOUT_ANOTHER)
def test_what_is_about_a_message_is_no_reply_and_names_it(kind: str) -> None:
    assert refusal(kind, quote="3EB0").code == "invalid_quote"
    for target in (None, "", "a b", "x" * 129, 5, {"id": "3EB0"}):
        assert refusal(kind, target=target).code == "invalid_target"


@pytest.mark.parametrize("emoji", ["👍", "❤️", "👩🏾\u200d🔧", "🇧🇷", ""])
def test_a_reaction_is_one_emoji_or_taken_back(emoji: str) -> None:
    assert read("reaction", emoji=emoji).content["emoji"] == emoji


@pytest.mark.parametrize("emoji", [None, "a", "👍👍", " ", 5, "\x00"])
def test_a_reaction_by_anything_else_is_refused(emoji: object) -> None:
    assert refusal("reaction", emoji=emoji).code == "invalid_emoji"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(MARIA),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "phone", "url", "base64", "fileName"]), inner)
    ),
    max_leaves=6,
)
names = st.sampled_from(
    [
        *sorted({name for shape, _ in BODIES.values() for name in shape}),
        *("to", "type", "mentions", "quote", "typing", "expiresIn", "choices", "name", "voice"),
    ]
)


@given(kind=st.sampled_from(list(BODIES)), more=st.dictionaries(names, anything, max_size=3))
def test_a_body_is_read_or_refused_and_what_is_read_is_json(
    kind: str, more: dict[str, Any]
) -> None:
    try:
        message = outgoing_message({**body(kind), **more})
    except Refusal:
        return
    stored = json.dumps(message.content, allow_nan=False, ensure_ascii=False).encode()
    assert json.loads(stored) == message.content
    assert b"\\u0000" not in stored
