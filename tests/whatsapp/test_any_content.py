"""Whatever is asked for, about whatever was stored: a message, or a refusal with its code."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.whatsapp.building import NOW_MS, SECRET, build
from tests.whatsapp.originals import OWN, original
from tests.whatsapp.protobufs import e2e
from whatsapp.message_builder import build_message
from whatsapp.original import Original
from whatsapp.unsendable import InvalidContent, Unsendable


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ({"type": "text", "text": "\ud800"}, None),
        ({"type": "text", "text": None}, None),
        ({"type": "location", "latitude": 10**400, "longitude": 0}, None),
        ({"type": "contact", "contacts": [{"name": "Ana", "phone": "1"}]}, None),
        ({"type": "contact", "contacts": []}, None),
        ({"type": "reaction", "emoji": "\udfff"}, original()),
        ({"type": "forward"}, original(message=b"\xff damaged")),
    ],
)
def test_what_the_format_cannot_carry_is_refused_by_its_code(
    content: dict[str, Any], target: Original | None
) -> None:
    with pytest.raises(InvalidContent) as refused:
        build(content, target=target)
    assert refused.value.code == "invalid_content"


TEXTS = st.none() | st.text(st.characters(exclude_categories=()))
NUMBERS = st.integers() | st.floats()


@given(
    st.one_of(
        st.fixed_dictionaries({"type": st.just("text"), "text": TEXTS}),
        st.fixed_dictionaries(
            {
                "type": st.just("location"),
                "latitude": NUMBERS,
                "longitude": NUMBERS,
                "name": TEXTS,
                "address": TEXTS,
            }
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("contact"),
                "contacts": st.lists(
                    st.fixed_dictionaries(
                        {"name": st.text(), "phone": st.from_regex(r"\+[1-9][0-9]{6,14}")}
                    )
                ),
            }
        ),
        st.fixed_dictionaries(
            {
                "type": st.just("poll"),
                "question": TEXTS,
                "options": st.lists(st.text(), max_size=4),
                "choices": st.integers(),
            }
        ),
    ),
    st.none() | st.binary(),
)
def test_whatever_is_said_in_answer_to_whatever_it_is_a_message_or_refused(
    content: dict[str, Any], stored: bytes | None
) -> None:
    quote = None if stored is None else original(message=stored)
    try:
        message = build_message(content, SECRET, NOW_MS, quote=quote)
    except Unsendable:
        return
    assert message.messageContextInfo.messageSecret == SECRET
    assert len(message.ListFields()) == 2


@given(st.binary(), st.sampled_from(["reaction", "edit", "delete", "forward"]), st.booleans())
def test_whatever_was_stored_an_order_about_it_is_a_message_or_refused(
    stored: bytes, kind: str, from_me: bool
) -> None:
    target = original(message=stored, from_me=from_me)
    content = {"type": kind, "emoji": "👍", "text": "x"}
    try:
        message = build_message(content, SECRET, NOW_MS, target=target)
    except Unsendable:
        return
    assert message.messageContextInfo.messageSecret == SECRET


FIELDS = [field.name for field in e2e.Message.DESCRIPTOR.fields if field.message_type]


@pytest.mark.parametrize("kind", ["text", "reaction", "edit", "delete", "forward"])
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_every_kind_of_whatsapps_is_answered_and_forwarded_or_refused(
    kind: str, *, is_wrapped: bool
) -> None:
    refused = set()
    for name in FIELDS:
        said = e2e.Message(**{name: {}})
        stored = e2e.Message(ephemeralMessage={"message": said}) if is_wrapped else said
        about = original(stored, **OWN)
        content = {"type": kind, "emoji": "👍", "text": "x"}
        try:
            if kind == "text":
                build(content, quote=about)
            else:
                build(content, target=about)
        except Unsendable as error:
            refused.add(error.code)
    assert refused == {"edit": {"not_editable"}, "forward": {"not_forwardable"}}.get(kind, set())
