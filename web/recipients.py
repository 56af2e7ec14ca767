"""To whom a message goes: a phone number in any spelling, or an address (JID) of WhatsApp's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from actors.addressing import Address
from web.message_refusals import InvalidRecipient, RecipientNotSupported
from web.phone_numbers import phone, variants

#: Characters of an address; the longest is an old group's with 15 digits, a dash and 10 more.
_MAX_LENGTH = 60

#: A person's address may name one of their devices, as `5521…:12@…` or `5521….0:12@…`.
_DEVICE = r"(?:\.[0-9]{1,3})?(?::[0-9]{1,5})?"
_PHONE = re.compile(rf"([1-9][0-9]{{6,14}}){_DEVICE}@(?:s\.whatsapp\.net|c\.us)")
_LID = re.compile(rf"([1-9][0-9]{{0,19}}){_DEVICE}@lid")
#: Old groups have their founder's number and the time, in seconds, of their beginning.
_GROUP = re.compile(r"([1-9][0-9]{9,19}|[1-9][0-9]{6,14}-[0-9]{10})@g\.us")
#: Servers of addresses that are nobody's to write to: lists, status, channels, calls, bots.
_OTHER_SERVERS = frozenset(
    {"broadcast", "newsletter", "call", "bot", "msgr", "interop", "hosted", "hosted.lid"}
)

Kind = Literal["phone", "lid", "group"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person or a group, not yet known to exist."""

    kind: Kind
    jid: str | None
    """Of a LID and of a group, without device; a phone number's is WhatsApp's to say."""
    candidates: tuple[str, ...]
    """Of a phone number: E.164, to ask WhatsApp about; the first that it knows is meant."""

    @property
    def address(self) -> Address:
        """As actors know it."""
        return Address(self.kind, (self.jid,) if self.jid else self.candidates)

    def shape(self) -> dict[str, Any]:
        """Itself as JSON: `{"kind", "jid", "candidates"}`."""
        return {"kind": self.kind, "jid": self.jid, "candidates": list(self.candidates)}


def recipient(value: object) -> Recipient:
    """Whom `to` names. Refused: `InvalidRecipient`, `RecipientNotSupported`."""
    if not isinstance(value, str):
        raise InvalidRecipient(field="to")
    if "@" in value:
        return _address(value.strip())
    found = phone(value)
    if found is None:
        raise InvalidRecipient(field="to")
    return Recipient("phone", None, found.candidates)


def _address(text: str) -> Recipient:
    if len(text) > _MAX_LENGTH:
        raise InvalidRecipient(field="to")
    if found := _PHONE.fullmatch(text):
        # First as it stands: whoever has it from WhatsApp has the right one already. But many put
        # one together from a number, and then a ninth digit may be missing, or be too much.
        return Recipient("phone", None, variants(f"+{found[1]}"))
    if found := _LID.fullmatch(text):
        return Recipient("lid", f"{found[1]}@lid", ())
    if _GROUP.fullmatch(text):
        return Recipient("group", text, ())
    if text.rpartition("@")[2] in _OTHER_SERVERS:
        raise RecipientNotSupported(field="to")
    raise InvalidRecipient(field="to")
