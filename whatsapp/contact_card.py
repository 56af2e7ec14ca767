"""A contact that somebody sent: the name and the phones of its vCard (RFC 6350).

Only what is published is read, in time that grows with the card's length alone: strangers write
it, and the library's handler waits.
"""

from __future__ import annotations

import re
from typing import Any

from whatsapp.event_shape import text_of

#: A line of a card, as `item1.TEL;type=CELL;waid=5521988880001:+55 21 98888-0001`.
_LINE = re.compile(
    r'^(?:[\w-]+\.)?(FN|TEL)(?=[;:])((?:"[^"\n]*"|[^":\n]++)*+):(.*)$',
    re.IGNORECASE | re.MULTILINE,
)
#: Whose WhatsApp it is, in digits: WhatsApp's own parameter of a phone.
_WAID = re.compile(r';waid="?([1-9][0-9]{7,14})(?![0-9])', re.IGNORECASE)
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_NO_DIGIT = re.compile(r"[^0-9]+")


def shape_contact(contact: Any) -> dict[str, Any]:
    """One of `contacts`, of a `ContactMessage`."""
    name: str | None = None
    phones: list[dict[str, str | None]] = []
    for line in _LINE.finditer(_unfolded(text_of(contact.vcard) or "")):
        field, parameters, value = line.groups()
        value = _unescaped(value).strip()
        if field.upper() == "FN":
            name = name or value
        elif value:
            phones.append({"phone": _phone(parameters, value), "text": value})
    return {"name": text_of(contact.displayName) or name or None, "phones": phones}


def _unfolded(card: str) -> str:
    lines = card.replace("\r\n", "\n").replace("\r", "\n")
    return lines.replace("\n ", "").replace("\n\t", "")


def _unescaped(value: str) -> str:
    parts = value.split("\\\\")
    lines = (part.replace("\\n", "\n").replace("\\N", "\n") for part in parts)
    return "\\".join(line.replace("\\", "") for line in lines)


def _phone(parameters: str, value: str) -> str | None:
    """E.164; None for a number that only its own country or region can complete."""
    known = _WAID.search(parameters)
    if known:
        return f"+{known[1]}"
    number = value.removeprefix("tel:").strip()
    digits = "+" + _NO_DIGIT.sub("", number)
    return digits if number.startswith("+") and _E164.fullmatch(digits) else None
