"""A contact as a vCard (RFC 2426, version 3.0), as WhatsApp's own clients write it."""

from __future__ import annotations

import re

from whatsapp.unsendable import InvalidContent

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
#: What else some reader takes for the end of a line, or shows as nothing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SPECIAL = re.compile(r"[\\;,]")


def vcard(name: str, phone: str) -> str:
    """`phone` is E.164; neither can become another field. Raises `InvalidContent`."""
    if not _E164.fullmatch(phone):
        raise InvalidContent(f"not a phone number: {phone[:20]!r}")
    text = _escaped(name)
    lines = (
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:;{text};;;",
        f"FN:{text}",
        # By `waid` WhatsApp offers to write to the contact.
        f"TEL;type=CELL;type=VOICE;waid={phone[1:]}:{phone}",
        "END:VCARD",
    )
    return "\n".join(lines)


def _escaped(text: str) -> str:
    lines = _LINE_BREAK.split(_SPECIAL.sub(r"\\\g<0>", text))
    return r"\n".join(_CONTROL.sub(" ", line) for line in lines)
