from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.unsendable import InvalidContent
from whatsapp.vcard import vcard

PHONE = "+5511999990000"
ESCAPE = re.compile(r"\\(.)")


def fields(card: str) -> dict[str, str]:
    """The fields as a strict reader finds them, which takes any separator for a line's end."""
    named = [line.partition(":") for line in card.splitlines()]
    assert len({name for name, _, _ in named}) == len(named)
    return {name: value for name, _, value in named}


def read(value: str) -> str:
    return ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)


def test_a_card_is_the_one_that_whatsapps_clients_write() -> None:
    assert vcard("Ana Souza", PHONE) == (
        "BEGIN:VCARD\nVERSION:3.0\nN:;Ana Souza;;;\nFN:Ana Souza\n"
        "TEL;type=CELL;type=VOICE;waid=5511999990000:+5511999990000\nEND:VCARD"
    )


@given(st.text())
def test_a_name_is_read_back_as_it_was_and_breaks_out_of_nothing(name: str) -> None:
    found = fields(vcard(name, PHONE))
    assert list(found) == [
        *("BEGIN", "VERSION", "N", "FN", "TEL;type=CELL;type=VOICE;waid=5511999990000", "END")
    ]
    unbroken = name.replace("\r\n", "\n").replace("\r", "\n")
    shown = re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", " ", unbroken)
    assert read(found["FN"]) == shown
    # Of the five parts of a structured name it is the second, and the others are empty.
    parts = re.split(r"(?<!\\)(?:\\\\)*;", found["N"])
    assert len(parts) == 5
    assert read(found["N"]) == f";{shown};;;"


@pytest.mark.parametrize(
    "name", ["x\nTEL:+1", "x\r\nEND:VCARD", "x\u2028TEL:+1", "x\x85TEL:+1", "x;y,z\\", "x\x0b\x0cy"]
)
def test_a_name_that_looks_like_more_fields_is_a_name(name: str) -> None:
    assert len(vcard(name, PHONE).splitlines()) == 6


@pytest.mark.parametrize(
    "phone", ["5511999990000", "+", "+0511999990000", "+5511\nTEL:1", "+5511:9", "+" + "1" * 16, ""]
)
def test_what_is_no_phone_number_makes_no_card(phone: str) -> None:
    with pytest.raises(InvalidContent):
        vcard("Ana", phone)
