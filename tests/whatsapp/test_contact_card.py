from __future__ import annotations

import time
from typing import Any

import pytest

from tests.whatsapp.protobufs import e2e
from whatsapp.contact_card import shape_contact


def read(*lines: str, name: str = "") -> dict[str, Any]:
    card = "\r\n".join(("BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD"))
    return shape_contact(e2e.ContactMessage(displayName=name, vcard=card))


def phones(*lines: str) -> list[str | None]:
    return [phone["phone"] for phone in read(*lines)["phones"]]


def test_a_card_as_a_phone_sends_it() -> None:
    card = read(
        "N:Silva;Maria;;;",
        "FN:Maria Silva",
        "ORG:Loja\\, Filial;",
        "item1.TEL;waid=5521988880001:+55 21 98888-0001",
        "item1.X-ABLabel:Celular",
        "TEL;type=WORK;type=VOICE:(21) 3333-0001",
    )
    assert card == {
        "name": "Maria Silva",
        "phones": [
            {"phone": "+5521988880001", "text": "+55 21 98888-0001"},
            {"phone": None, "text": "(21) 3333-0001"},
        ],
    }


def test_the_name_that_the_sender_sees_goes_before_that_of_the_card() -> None:
    assert read("FN:Maria Silva", name="Mari")["name"] == "Mari"


def test_a_folded_or_escaped_value_is_read_whole() -> None:
    assert read("FN:Maria\\, a do", "  Onix")["name"] == "Maria, a do Onix"
    assert read(r"FN:a\\\nb\\n\;")["name"] == "a\\\nb\\n;"
    assert phones("TEL;type=CE", " LL:+55 2", "\t1 98888-0001") == ["+5521988880001"]


@pytest.mark.parametrize(
    "line",
    [
        "TEL:+5521988880001",
        "tel;Type=cell:+55 (21) 98888-0001",
        'TEL;VALUE=uri;TYPE="voice,home:x":tel:+55-21-98888-0001',
        "TEL;type=CELL;waid=5521988880001:98888-0001",
        'TEL;waid="5521988880001":98888-0001',
    ],
)
def test_a_number_that_is_whole_is_e164(line: str) -> None:
    assert phones(line) == ["+5521988880001"]


@pytest.mark.parametrize(
    "line",
    [
        "TEL:98888-0001",
        "TEL:+55",
        "TEL:+0521988880001",
        "TEL:+٥٥٢١٩٨٨٨٨٠٠٠١",
        "TEL;waid=12345678901234567:1",
        "TEL;waid=٥٥٢١٩٨٨٨٨٠٠٠١:1",
        "TEL:" + "+9" * 100,
    ],
)
def test_a_number_that_is_not_is_null_beside_what_was_written(line: str) -> None:
    (phone,) = read(line)["phones"]
    assert phone == {"phone": None, "text": line.partition(":")[2]}


@pytest.mark.parametrize("line", ["TEL:", "TELEX:+5521988880001", "X-TEL+5521988880001", "TEL"])
def test_what_is_no_phone_is_left_out(line: str) -> None:
    assert phones(line) == []


@pytest.mark.parametrize(
    "card",
    [
        "TEL;" * 200_000,
        'TEL;a="' * 100_000,
        "a" * 500_000,
        "a." * 250_000,
        "\n " * 250_000,
        "TEL:" + "\\" * 500_000,
        "TEL:" + "9" * 500_000,
        "TEL;waid=" * 50_000 + ":1",
    ],
)
def test_a_hostile_card_takes_no_longer_than_its_length(card: str) -> None:
    began = time.process_time()
    shape_contact(e2e.ContactMessage(vcard=card))
    # Some milliseconds; what grows with the square of the length takes minutes.
    assert time.process_time() - began < 3
