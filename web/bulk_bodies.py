"""What a caller asks to send to many: one message, to whom, and until when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from actors.errors import Refusal, TextTooLong
from web import message_fields as fields
from web.bulk_refusals import InvalidBulk, InvalidDeadline, InvalidRecipients, NotForMany
from web.message_bodies import OutgoingMessage, outgoing_message
from web.message_refusals import InvalidText
from web.recipients import Recipient, recipient

#: A job is stored by one transaction, for which all others wait: 0.2 s.
MAX_RECIPIENTS = 2000
MAX_NAME = 200
#: Characters of the text of each message: as many as the WhatsApp Business Platform sends.
MAX_TEXT = 4096
#: A field's name is one word, and so is what stands for it in the text: `{nome}`.
_FIELD = re.compile(r"\{(\w{1,40})\}")
MAX_FIELD = 256
#: Those that are wrong are named, so many at most.
MAX_NAMED = 100
DEFAULT_DEADLINE = timedelta(days=30)
#: Our own limit: what waited longer is no longer what its sender meant.
MAX_DEADLINE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class One:
    """One of the many."""

    written: str
    """As the caller writes it."""
    to: Recipient
    text: str | None
    """Of this message, where the text has fields; None: that of all."""


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A job that somebody asks for; neither its recipients nor its media is looked at yet."""

    name: str
    message: OutgoingMessage
    """As to the first of them."""
    to: tuple[One, ...]
    """Each once."""
    repeats: int
    """How many more the list had."""
    deadline: datetime | None
    """As given."""

    def expires_at(self, now: datetime) -> datetime:
        """From when on nothing of it is sent any more."""
        return self.deadline or now + DEFAULT_DEADLINE


def bulk_job(body: dict[str, Any]) -> BulkJob:
    """What a body asks for. Takes some time. Raises the `Refusal`."""
    name = fields.filled(body, "name", MAX_NAME, InvalidBulk)
    message = body.get("message")
    if not isinstance(message, dict):
        raise InvalidBulk(field="message")
    given = body.get("to")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_RECIPIENTS:
        raise InvalidBulk(
            f"to deve ser uma lista de 1 a {MAX_RECIPIENTS} destinatários.",
            field="to",
            limit=MAX_RECIPIENTS,
        )
    deadline = _deadline(body.get("deadline"))
    written, people = _people(given)
    asked = _message(message, written[0])
    text = asked.content.get("text")
    many: dict[frozenset[str], One] = {}
    for each, person, own in zip(written, people, _texts(text, given), strict=True):
        many.setdefault(frozenset(person.address.names), One(each, person, own))
    to = tuple(many.values())
    return BulkJob(name, asked, to, len(given) - len(to), deadline)


def _deadline(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    now = datetime.now(UTC)
    if moment is None or moment.tzinfo is None or not now < moment <= now + MAX_DEADLINE:
        raise InvalidDeadline(field="deadline")
    return moment.astimezone(UTC)


def _message(message: dict[str, Any], to: str) -> OutgoingMessage:
    try:
        asked = outgoing_message({**message, "to": to, "expiresIn": None})
    except Refusal as refusal:
        if "field" in refusal.fields:
            refusal.fields["field"] = f"message.{refusal.fields['field']}"
        raise
    if asked.content.get("quote") or "target" in asked.content:
        raise NotForMany(field="message.quote" if "quote" in asked.content else "message.type")
    if asked.typing:
        raise NotForMany(
            "typing não existe no envio em massa. Envie sem typing.", field="message.typing"
        )
    if len(asked.content.get("text") or "") > MAX_TEXT:
        raise _too_long("message.text")
    return asked


def _people(given: list[object]) -> tuple[list[str], list[Recipient]]:
    """As they are written, and who they are. Refused: `InvalidRecipients`."""
    written: list[str] = []
    people: list[Recipient] = []
    invalid: list[dict[str, object]] = []
    for index, each in enumerate(given):
        to = each.get("to") if isinstance(each, dict) else each
        try:
            people.append(recipient(to))
            written.append(str(to))
        except Refusal as refusal:
            invalid.append({"index": index, "code": refusal.code})
    _refuse(invalid)
    return written, people


def _texts(text: str | None, given: list[object]) -> Iterator[str | None]:
    """The text of each, with the fields in their places. Refused: `InvalidRecipients`."""
    names = set(_FIELD.findall(text or ""))
    if text is None or not names:
        yield from [None] * len(given)
        return
    texts: list[str] = []
    invalid: list[dict[str, object]] = []
    for index, each in enumerate(given):
        values = each.get("fields") if isinstance(each, dict) else None
        try:
            texts.append(_filled(text, names, values if isinstance(values, dict) else {}))
        except Refusal as refusal:
            invalid.append({"index": index, "code": refusal.code, **refusal.fields})
    _refuse(invalid)
    yield from texts


def _filled(text: str, names: set[str], values: dict[str, Any]) -> str:
    found = {
        name: fields.filled(values, name, MAX_FIELD, InvalidText, where="fields.") for name in names
    }
    filled = _FIELD.sub(lambda match: found[match[1]], text)
    if len(filled) > MAX_TEXT:
        raise _too_long("text")
    return filled


def _too_long(field: str) -> TextTooLong:
    return TextTooLong(
        f"Em massa, cada mensagem pode ter até {MAX_TEXT} caracteres.", field=field, limit=MAX_TEXT
    )


def _refuse(invalid: list[dict[str, object]]) -> None:
    if invalid:
        raise InvalidRecipients(field="to", invalid=invalid[:MAX_NAMED], count=len(invalid))
