"""What `to` may be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import Refusal
from tests.web.refused import refused
from web.recipients import Recipient, recipient


def test_a_phone_number_is_a_person_to_ask_whatsapp_about() -> None:
    expected = Recipient("phone", None, ("+553199998888", "+5531999998888"))
    assert recipient("(31) 99999-8888") == expected


@pytest.mark.parametrize(
    "address",
    [
        "5531999998888@s.whatsapp.net",
        "5531999998888@c.us",
        "5531999998888:12@s.whatsapp.net",
        "5531999998888.0:12@s.whatsapp.net",
        " 5531999998888@s.whatsapp.net\n",
    ],
)
def test_a_phone_numbers_address_is_asked_about_first_as_it_stands(address: str) -> None:
    assert recipient(address) == Recipient("phone", None, ("+5531999998888", "+553199998888"))


def test_an_address_may_have_a_number_that_is_in_no_plan() -> None:
    assert recipient("13135550002@c.us").candidates == ("+13135550002",)


@pytest.mark.parametrize(
    ("address", "kind", "jid"),
    [
        ("769185781172756@lid", "lid", "769185781172756@lid"),
        ("769185781172756:3@lid", "lid", "769185781172756@lid"),
        ("120363025912345678@g.us", "group", "120363025912345678@g.us"),
        ("5521999998888-1400000000@g.us", "group", "5521999998888-1400000000@g.us"),
    ],
)
def test_a_lid_and_a_group_are_addresses(address: str, kind: str, jid: str) -> None:
    found = recipient(address)
    assert (found.kind, found.jid, found.candidates) == (kind, jid, ())


@pytest.mark.parametrize(
    "address",
    ["status@broadcast", "1400000000@broadcast", "120363144038483540@newsletter", "1@bot"],
)
def test_an_address_that_nobody_writes_to_is_refused(address: str) -> None:
    assert refused(recipient, address).code == "recipient_not_supported"


@pytest.mark.parametrize(
    "value",
    [
        None,
        5521999998888,
        True,
        ["21999998888"],
        "",
        "99999-8888",
        "maria@loja.com.br",
        "@s.whatsapp.net",
        "s.whatsapp.net",
        "abc@s.whatsapp.net",
        "+5521999998888@s.whatsapp.net",
        "05521999998888@s.whatsapp.net",
        "5521999998888@s.whatsapp.net@lid",
        "5521999998888:@s.whatsapp.net",
        "\u0665521999998888@s.whatsapp.net",
        "5521999998888-14@g.us",
        "120363025912345678:2@g.us",
        "x" * 100 + "@broadcast",
        "\ud800",
    ],
)
def test_anything_else_is_refused_with_what_to_write(value: object) -> None:
    refusal = refused(recipient, value)
    assert refusal.code == "invalid_recipient"
    assert refusal.fields == {"field": "to"}
    assert "DDD" in refusal.sentence


@given(
    st.text()
    | st.from_regex(r"[0-9:.-]{0,30}@(s\.whatsapp\.net|c\.us|lid|g\.us|broadcast)?", fullmatch=True)
    | st.none()
    | st.integers()
)
def test_no_input_raises_anything_but_a_refusal(value: object) -> None:
    try:
        found = recipient(value)
    except Refusal:
        return
    assert (found.jid is None) == bool(found.candidates)
    assert all(re.fullmatch(r"\+[1-9][0-9]{6,14}", number) for number in found.candidates)
    if found.jid is not None:
        assert recipient(found.jid) == found
