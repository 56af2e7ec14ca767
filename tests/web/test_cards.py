"""Places, people to call, and questions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.refused import refused
from web.cards import contacts, location, poll

ANA = {"name": "Ana", "phone": "21 99999-8888"}
POLL: dict[str, Any] = {"question": "Qual cor?", "options": ["Azul", "Preto", "Prata"]}


def test_a_place_has_degrees_and_may_have_a_name() -> None:
    asked = {"latitude": 90, "longitude": -180.0, "name": "Loja", "address": "Av. Brasil, 1\nRio"}
    assert location(asked) == {**asked, "latitude": 90.0, "longitude": -180.0}
    assert location({"latitude": 0, "longitude": -0.0, "name": "", "address": None}) == {
        "latitude": 0.0,
        "longitude": 0.0,
        "name": None,
        "address": None,
    }


def test_a_place_on_a_meridian_has_no_sign() -> None:
    # As it would make another body of the same place.
    assert str(location({"latitude": 0, "longitude": -0.0})["longitude"]) == "0.0"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"latitude": None}, "latitude"),
        ({"latitude": 90.0001}, "latitude"),
        ({"latitude": "-22.9"}, "latitude"),
        ({"latitude": True}, "latitude"),
        ({"latitude": float("nan")}, "latitude"),
        ({"longitude": -180.1}, "longitude"),
        ({"longitude": float("inf")}, "longitude"),
        ({"longitude": 10**400}, "longitude"),
        ({"name": "x" * 1001}, "name"),
        ({"address": 5}, "address"),
    ],
)
def test_what_is_no_place_is_refused(change: dict[str, Any], field: str) -> None:
    refusal = refused(location, {"latitude": -22.9, "longitude": -43.2} | change)
    assert (refusal.code, refusal.fields) == ("invalid_location", {"field": field})


def test_contacts_have_the_number_that_is_dialled() -> None:
    older = {"name": "Bia", "phone": "(31) 9999-8888", "unknown": 1}
    assert contacts({"contacts": [ANA, older]})["contacts"] == [
        {"name": "Ana", "phone": "+5521999998888"},
        {"name": "Bia", "phone": "+5531999998888"},
    ]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "contacts"),
        ({}, "contacts"),
        ([], "contacts"),
        ([ANA] * 21, "contacts"),
        ([ANA, "Bia"], "contacts[1]"),
        ([{"phone": "21 99999-8888"}], "contacts[0].name"),
        ([{**ANA, "name": " "}], "contacts[0].name"),
        ([{**ANA, "name": "x" * 257}], "contacts[0].name"),
        ([{**ANA, "name": "Ana\nTEL:+55"}], "contacts[0].name"),
        ([{**ANA, "name": "Ana\u2028TEL:+55"}], "contacts[0].name"),
        ([ANA, {**ANA, "phone": "99999-8888"}], "contacts[1].phone"),
        ([{**ANA, "phone": 21999998888}], "contacts[0].phone"),
        ([{**ANA, "phone": "5521999998888@s.whatsapp.net"}], "contacts[0].phone"),
    ],
)
def test_what_is_no_contact_is_refused(value: object, field: str) -> None:
    refusal = refused(contacts, {"contacts": value})
    assert (refusal.code, refusal.fields) == ("invalid_contact", {"field": field})


@pytest.mark.parametrize("choices", [1, 2, 3])
def test_a_poll_asks_and_says_how_many_to_choose(choices: int) -> None:
    assert poll({**POLL, "choices": choices}) == {**POLL, "choices": choices}
    assert poll(POLL)["choices"] == 1


def test_a_poll_may_be_as_long_as_whatsapp_has_them() -> None:
    options = [f"{number:0100}" for number in range(12)]
    asked = {"question": "x" * 255, "options": options, "choices": 12}
    assert poll(asked) == asked


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": None}, "question"),
        ({"question": "  "}, "question"),
        ({"question": "x" * 256}, "question"),
        ({"options": None}, "options"),
        ({"options": "Azul"}, "options"),
        ({"options": ["Azul"]}, "options"),
        ({"options": [str(number) for number in range(13)]}, "options"),
        ({"options": ["Azul", "Azul"]}, "options"),
        ({"options": ["Azul", ""]}, "options[1]"),
        ({"options": ["Azul", 5]}, "options[1]"),
        ({"options": ["x" * 101, "Azul"]}, "options[0]"),
        ({"choices": 0}, "choices"),
        ({"choices": 4}, "choices"),
        ({"choices": True}, "choices"),
        ({"choices": 1.0}, "choices"),
        ({"choices": "1"}, "choices"),
    ],
)
def test_what_is_no_poll_is_refused(change: dict[str, Any], field: str) -> None:
    refusal = refused(poll, POLL | change)
    assert (refusal.code, refusal.fields) == ("invalid_poll", {"field": field})
