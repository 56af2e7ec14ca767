"""Phone numbers as people in Brazil write them, and under which of them WhatsApp may know each.

How countries number their phones is the library's knowledge (Google's libphonenumber); ours is
how people in Brazil write theirs, and that WhatsApp keeps some numbers in an older form than the
one that is dialled today.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, ValidationResult

#: Characters of a written number: 15 digits, with all that stands between them.
MAX_WRITTEN = 60

_BRAZIL, _MEXICO, _ARGENTINA = 55, 52, 54
#: What may stand around and between digits. Dashes and spaces of all kinds are made these first.
_PUNCTUATION = re.compile(r"[ ()./-]")
#: A carrier between the 0 and the area code; `0XX21` is printed for people to put in one.
_CARRIER = re.compile(r"^((?:\+?55)?0)(?:xx|[1-9][0-9](?=[1-9][0-9]{9,10}$))", re.IGNORECASE)
_WRITTEN = re.compile(r"\+?[0-9]{5,25}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
#: Area code and subscriber of a Brazilian mobile, with its ninth digit or from before that: the
#: eight others begin with 6 to 9. Landlines begin with 2 to 5; a ninth digit before one of these
#: is a mobile too, which was never written without it.
_MOBILE = re.compile(r"([0-9]{2})9?([6-9][0-9]{7})")
#: First digits of the area codes (11 to 19, 21 to 28) whose accounts WhatsApp moved to nine digits,
#: as providers of WhatsApp APIs document it; all later ones kept eight. Exceptions are known.
_MOVED_AREAS = "12"
#: The digit that WhatsApp mostly has before a mobile's other ten, and that people leave out.
#: Mexico itself has not dialled it since 2019.
_MOBILE_MARKS = {_MEXICO: "1", _ARGENTINA: "9"}


@dataclass(frozen=True, slots=True)
class Phone:
    """One line, by every number under which WhatsApp may know it. All are E.164 with the plus."""

    number: str
    """As it is dialled today."""
    candidates: tuple[str, ...]
    """What to ask WhatsApp about, the likeliest first; the first that it knows is the account."""


def phone(text: str) -> Phone | None:
    """Whose number this is; None if it is nobody's.

    Without a plus or 00 it is a Brazilian one, with its area code: `(21) 99999-8888`,
    `021 9999-8888`, `0XX21…`, `0 15 21…` (by a carrier), `55 21…`.
    """
    digits = _digits(text)
    if digits is None:
        return None
    if digits.startswith("00"):
        # Either 00 and the country, or as it is dialled in Brazil: 00, a carrier, the country.
        return _parsed("+" + digits[2:]) or _parsed(digits)
    return _parsed(digits)


def variants(number: str) -> tuple[str, ...]:
    """All numbers, in E.164, of the line with this one; itself first."""
    known = _parsed(number)
    return tuple(dict.fromkeys((number, *(known.candidates if known else ()))))


def _digits(text: str) -> str | None:
    if len(text) > MAX_WRITTEN:
        return None
    plain = "".join(map(_plain, text.strip()))
    digits = _CARRIER.sub(r"\1", _PUNCTUATION.sub("", plain))
    return digits if _WRITTEN.fullmatch(digits) else None


def _plain(character: str) -> str:
    """Copied from an address book, a number has typographic dashes and invisible marks."""
    match unicodedata.category(character):
        case "Pd":
            return "-"
        case "Zs":
            return " "
        case "Cf":
            return ""
        case _:
            return character


def _parsed(digits: str) -> Phone | None:
    try:
        number = phonenumbers.parse(digits, "BR")
    except NumberParseException:
        return None
    found = _brazilian(number) if number.country_code == _BRAZIL else _foreign(number)
    return found if found and all(map(_E164.fullmatch, found.candidates)) else None


def _brazilian(number: PhoneNumber) -> Phone | None:
    mobile = _MOBILE.fullmatch(str(number.national_number))
    if mobile is None:
        return _alone(number) if phonenumbers.is_valid_number(number) else None
    area, subscriber = mobile.groups()
    today = PhoneNumber(country_code=_BRAZIL, national_number=int(f"{area}9{subscriber}"))
    if not phonenumbers.is_valid_number(today):
        return None  # there is no such area
    with_nine, without = f"+55{area}9{subscriber}", f"+55{area}{subscriber}"
    is_moved = area[0] in _MOVED_AREAS
    return Phone(with_nine, (with_nine, without) if is_moved else (without, with_nine))


def _foreign(number: PhoneNumber) -> Phone | None:
    country, national = number.country_code, phonenumbers.national_significant_number(number)
    mark = _MOBILE_MARKS.get(country or 0)
    if mark is None:
        # Possible, not valid: numbers are given out faster than the library is renewed.
        reason = phonenumbers.is_possible_number_with_reason(number)
        return _alone(number) if reason == ValidationResult.IS_POSSIBLE else None
    ten = re.fullmatch(rf"{mark}?([1-9][0-9]{{9}})", national)
    if ten is None:
        return None
    marked, bare = f"+{country}{mark}{ten[1]}", f"+{country}{ten[1]}"
    return Phone(bare if country == _MEXICO else f"+{country}{national}", (marked, bare))


def _alone(number: PhoneNumber) -> Phone:
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Phone(written, (written,))
