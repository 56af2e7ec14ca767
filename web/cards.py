"""Messages that are neither text nor media: a place, people to call, a question."""

from __future__ import annotations

import re
from typing import Any

from web.message_fields import filled, is_whole, string
from web.message_refusals import InvalidContact, InvalidLocation, InvalidPoll
from web.phone_numbers import phone

#: Our own limit: enough for an address, with the way there.
MAX_PLACE_NAME = 1000
#: Our own limit; WhatsApp has 257, and advises against many.
MAX_CONTACTS = 20
MAX_CONTACT_NAME = 256
#: Characters and options of a poll, as WhatsApp's help page on polls has them.
MAX_QUESTION = 255
MAX_OPTION = 100
MIN_OPTIONS, MAX_OPTIONS = 2, 12

#: A name goes into a vCard, whose lines it must not break.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def location(body: dict[str, Any]) -> dict[str, Any]:
    """`{"latitude", "longitude", "name", "address"}`. Refused: `InvalidLocation`."""
    return {
        "latitude": _degrees(body, "latitude", 90),
        "longitude": _degrees(body, "longitude", 180),
        "name": string(body, "name", MAX_PLACE_NAME, InvalidLocation) or None,
        "address": string(body, "address", MAX_PLACE_NAME, InvalidLocation) or None,
    }


def contacts(body: dict[str, Any]) -> dict[str, Any]:
    """`{"contacts": [{"name", "phone"}]}`. Refused: `InvalidContact`."""
    values = body.get("contacts")
    if not isinstance(values, list) or not 1 <= len(values) <= MAX_CONTACTS:
        raise InvalidContact(field="contacts")
    return {"contacts": [_contact(value, f"contacts[{i}]") for i, value in enumerate(values)]}


def poll(body: dict[str, Any]) -> dict[str, Any]:
    """`{"question", "options", "choices"}`. Refused: `InvalidPoll`."""
    question = filled(body, "question", MAX_QUESTION, InvalidPoll)
    values = body.get("options")
    if not isinstance(values, list) or not MIN_OPTIONS <= len(values) <= MAX_OPTIONS:
        raise InvalidPoll(field="options")
    named = {f"options[{index}]": value for index, value in enumerate(values)}
    options = [filled(named, name, MAX_OPTION, InvalidPoll) for name in named]
    if len(set(options)) < len(options):
        # A vote names its options by a digest of their text.
        raise InvalidPoll("As opções da enquete devem ser diferentes entre si.", field="options")
    choices = body.get("choices")
    if choices is None:
        choices = 1
    if not is_whole(choices) or not 1 <= choices <= len(options):
        raise InvalidPoll(field="choices")
    return {"question": question, "options": options, "choices": choices}


def _degrees(body: dict[str, Any], name: str, limit: int) -> float:
    value = body.get(name)
    if (is_whole(value) or isinstance(value, float)) and -limit <= value <= limit:
        return float(value) + 0.0  # -0.0 is 0.0
    raise InvalidLocation(field=name)


def _contact(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidContact(field=where)
    name = filled(value, "name", MAX_CONTACT_NAME, InvalidContact, where=f"{where}.")
    number = value.get("phone")
    found = phone(number) if isinstance(number, str) else None
    if found is None or _CONTROL.search(name):
        raise InvalidContact(field=f"{where}.phone" if found is None else f"{where}.name")
    return {"name": name, "phone": found.number}
