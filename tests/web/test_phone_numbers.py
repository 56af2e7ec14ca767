"""How people in Brazil write phone numbers, and what WhatsApp is asked about."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.phone_numbers import Phone, phone, variants

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
#: The 67 area codes of Brazil's numbering plan.
AREAS = [
    *range(11, 20),
    *(21, 22, 24, 27, 28),
    *(31, 32, 33, 34, 35, 37, 38),
    *range(41, 50),
    *(51, 53, 54, 55),
    *range(61, 70),
    *(71, 73, 74, 75, 77, 79),
    *range(81, 90),
    *range(91, 100),
]
areas = st.sampled_from(AREAS).map(str)
eight_of_a_mobile = st.from_regex(r"[6-9][0-9]{7}", fullmatch=True)
eight_of_a_landline = st.from_regex(r"[2-5][0-9]{7}", fullmatch=True)
spaces = st.sampled_from(["", " ", "-", ".", "  ", "\u00a0", "\u2011"])


def candidates(text: str) -> tuple[str, ...]:
    found = phone(text)
    assert found is not None, text
    return found.candidates


@pytest.mark.parametrize(
    "text",
    [
        "21999998888",
        "(21) 99999-8888",
        "(21)9999-8888",
        "21 9999 8888",
        "+55 21 99999-8888",
        "+55 (21) 9999.8888",
        "55 21 99999 8888",
        "552199998888",
        "0055 21 99999-8888",
        "021 99999-8888",
        "0 21 21 99999-8888",
        "0 91 21 99999-8888",
        "055 21 99999-8888",
        "0XX21 99999-8888",
        "(0xx21) 9999-8888",
        "+55 (0xx21) 99999-8888",
        "+55 (021) 99999-8888",
        "00 15 55 21 99999-8888",
        " 21 99999-8888\n",
        "\u202a+55\u00a021\u00a099999\u20118888\u202c",
    ],
)
def test_every_spelling_of_a_mobile_number_is_the_same_line(text: str) -> None:
    assert phone(text) == Phone("+5521999998888", ("+5521999998888", "+552199998888"))


@given(
    area=areas,
    eight=eight_of_a_mobile,
    nine=st.sampled_from(["", "9"]),
    prefix=st.sampled_from(["", "0", "055", "015", "0XX", "0xx", "55", "+55", "0055", "+550"]),
    first=spaces,
    second=spaces,
)
def test_a_prefix_and_the_ninth_digit_change_nothing(
    area: str, eight: str, nine: str, prefix: str, first: str, second: str
) -> None:
    written = f"{prefix}{first}{area}{second}{nine}{eight[:4]}{first}{eight[4:]}"
    found = candidates(written)
    assert found == candidates(f"+55{area}9{eight}")
    assert sorted(found) == sorted([f"+55{area}9{eight}", f"+55{area}{eight}"])


@pytest.mark.parametrize("area", AREAS)
def test_the_areas_that_whatsapp_moved_come_first_with_nine_digits(area: int) -> None:
    with_nine, without = f"+55{area}991234567", f"+55{area}91234567"
    expected = (with_nine, without) if area < 30 else (without, with_nine)
    assert candidates(f"({area}) 99123-4567") == expected


@given(area=areas, eight=eight_of_a_landline, prefix=st.sampled_from(["", "0", "+55 ", "0XX"]))
def test_a_landline_has_no_variant(area: str, eight: str, prefix: str) -> None:
    assert candidates(f"{prefix}{area}{eight}") == (f"+55{area}{eight}",)


@given(area=areas, eight=eight_of_a_landline)
def test_a_mobile_that_never_had_eight_digits_has_no_variant(area: str, eight: str) -> None:
    assert candidates(f"({area}) 9{eight}") == (f"+55{area}9{eight}",)


@pytest.mark.parametrize("area", sorted(set(range(10, 100)) - set(AREAS)))
def test_an_area_that_does_not_exist_is_nobodys(area: int) -> None:
    assert phone(f"+55 {area} 99999-8888") is None
    assert phone(f"+55 {area} 2333-4444") is None


def test_santa_marias_area_is_not_taken_for_the_country() -> None:
    expected = ("+555599998888", "+5555999998888")
    for text in ("55 99999-8888", "(55) 9999-8888", "055 99999-8888", "5555999998888"):
        assert candidates(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "0",
        "99999-8888",
        "3333-4444",
        "2199999",
        "21 1999-8888",
        "21 89999-8888",
        "+55 21 99999-88888",
        "14155550123",
        "+1 253 0000",
        "+999 1234567",
        "+0 21 99999-8888",
        "++5521999998888",
        "21999998888 ramal 5",
        "vinte e um 99999-8888",
        "21\u0669\u0669\u0669\u0669\u0669\u0668\u0668\u0668\u0668",
        "21\n99999-8888",
        "0" * 60,
        "+" + "1" * 25,
        "9" * 1_000_000,
    ],
)
def test_what_is_no_number_is_nobodys(text: str) -> None:
    assert phone(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1 650 253 0000", "+16502530000"),
        ("001 650 253 0000", "+16502530000"),
        ("00 21 1 650 253 0000", "+16502530000"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("+39 06 1234567", "+39061234567"),
        ("+351 912 345 678", "+351912345678"),
        ("+683 4002", "+6834002"),
        ("0800 723 4567", "+558007234567"),
    ],
)
def test_a_number_from_elsewhere_is_one(text: str, expected: str) -> None:
    assert phone(text) == Phone(expected, (expected,))


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("+52 55 1234 5678", "+525512345678", ("+5215512345678", "+525512345678")),
        ("+52 1 55 1234 5678", "+525512345678", ("+5215512345678", "+525512345678")),
        ("+54 11 2345-6789", "+541123456789", ("+5491123456789", "+541123456789")),
        ("+54 9 11 2345-6789", "+5491123456789", ("+5491123456789", "+541123456789")),
        ("+54 11 15 2345-6789", "+5491123456789", ("+5491123456789", "+541123456789")),
    ],
)
def test_mexico_and_argentina_have_a_digit_that_people_leave_out(
    text: str, number: str, expected: tuple[str, ...]
) -> None:
    assert phone(text) == Phone(number, expected)


@given(st.text() | st.from_regex(r"\+?[0-9 ()xX./-]{0,30}", fullmatch=True))
def test_whatever_is_written_candidates_are_e164(text: str) -> None:
    found = phone(text)
    if found is None:
        return
    for number in (found.number, *found.candidates):
        assert E164.fullmatch(number)
        assert candidates(number) == found.candidates


def test_the_variants_of_a_number_begin_with_itself() -> None:
    assert variants("+5531999998888") == ("+5531999998888", "+553199998888")
    assert variants("+552133334444") == ("+552133334444",)
    assert variants("+13135550002") == ("+13135550002",)
