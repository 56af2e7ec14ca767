"""Single fields of a message to send: each is read, or refused by its own name.

A field that is null is one that is missing. `where` is put before its name, as `media.`.
"""

from __future__ import annotations

import re
from typing import Any, TypeGuard

from actors.errors import Refusal, TextTooLong
from actors.referring import MAX_CAPTION, MAX_TEXT
from web.message_refusals import (
    InvalidCharacters,
    InvalidExpiresIn,
    InvalidMentions,
    InvalidOption,
    InvalidRecipient,
    InvalidText,
    RecipientNotSupported,
)
from web.recipients import Recipient, recipient

#: People who may be in a group of WhatsApp's, and so be mentioned.
MAX_MENTIONS = 1024
#: Seconds that a message may wait to be sent, if its sender does not say.
DEFAULT_EXPIRES_IN = 24 * 60 * 60
#: Our own limit: what waited longer is no longer what its sender meant.
MAX_EXPIRES_IN = 7 * 24 * 60 * 60

#: PostgreSQL stores no U+0000; half of a surrogate pair has no UTF-8, so protobuf cannot carry it.
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
#: Ours and WhatsApp's, of whatever client: no client makes longer ones.
_MESSAGE_ID = re.compile(r"[\x21-\x7e]{1,128}")


def string(
    values: dict[str, Any],
    name: str,
    limit: int,
    refusal: type[Refusal],
    *,
    where: str = "",
) -> str | None:
    """A string as it is, up to this length. Refused: `refusal`, `InvalidCharacters`."""
    value, field = values.get(name), where + name
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > limit:
        raise refusal(field=field)
    if _UNSENDABLE.search(value):
        raise InvalidCharacters(field=field)
    return value


def filled(
    values: dict[str, Any], name: str, limit: int, refusal: type[Refusal], *, where: str = ""
) -> str:
    """A string that must be there, and not be blank. Refused: `refusal`, `InvalidCharacters`."""
    value = string(values, name, limit, refusal, where=where)
    if value is None or not value.strip():
        raise refusal(field=where + name)
    return value


def text(body: dict[str, Any]) -> str:
    """The text of a message that is one. Refused: `InvalidText`, `TextTooLong`."""
    value = _text_up_to(MAX_TEXT, body)
    if value is None or not value.strip():
        raise InvalidText(field="text")
    return value


def caption(body: dict[str, Any]) -> str | None:
    """The text below media. Refused: `InvalidText`, `TextTooLong`."""
    return _text_up_to(MAX_CAPTION, body) or None


def _text_up_to(limit: int, body: dict[str, Any]) -> str | None:
    value = body.get("text")
    if isinstance(value, str) and len(value) > limit:
        raise TextTooLong(
            f"text pode ter até {limit} caracteres, e este tem {len(value)}. "
            "Divida o texto em várias mensagens.",
            field="text",
            limit=limit,
        )
    return string(body, "text", limit, InvalidText)


def mentions(body: dict[str, Any]) -> list[Recipient]:
    """The people whom a text names, each once. Refused: `InvalidMentions`."""
    values = body.get("mentions")
    if values is None:
        return []
    if not isinstance(values, list) or len(values) > MAX_MENTIONS:
        raise InvalidMentions(field="mentions")
    return list(dict.fromkeys(_mention(value, index) for index, value in enumerate(values)))


def _mention(value: object, index: int) -> Recipient:
    try:
        person = recipient(value)
    except (InvalidRecipient, RecipientNotSupported):
        raise InvalidMentions(field=f"mentions[{index}]") from None
    if person.kind == "group":
        raise InvalidMentions(field=f"mentions[{index}]")
    return person


def flag(body: dict[str, Any], name: str) -> bool:
    """True or false, which is also what it is when it is missing. Refused: `InvalidOption`."""
    value = body.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise InvalidOption(field=name)
    return value


def message_id(body: dict[str, Any], name: str, refusal: type[Refusal]) -> str:
    """The id of a message, ours or WhatsApp's. Refused: `refusal`."""
    value = body.get(name)
    if not isinstance(value, str) or not _MESSAGE_ID.fullmatch(value):
        raise refusal(field=name)
    return value


def expires_in(body: dict[str, Any]) -> int:
    """Seconds until a message that still waits is given up. Refused: `InvalidExpiresIn`."""
    value = body.get("expiresIn")
    if value is None:
        return DEFAULT_EXPIRES_IN
    if not is_whole(value) or not 1 <= value <= MAX_EXPIRES_IN:
        raise InvalidExpiresIn(field="expiresIn")
    return int(value)


def is_whole(value: object) -> TypeGuard[int]:
    """Whether this is a whole number of JSON's; `true` is none, though Python thinks so."""
    return isinstance(value, int) and not isinstance(value, bool)
