"""WhatsApp's addresses as we publish them.

Customers are addressed by phone number (`5511…@s.whatsapp.net`) or by an opaque LID
(`2924…@lid`); a message names its people by either and, beside it, by the other if it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whatsapp.store import OwnNumber

_PHONE_SERVER = "s.whatsapp.net"
_LID_SERVER = "lid"


@dataclass(frozen=True, slots=True)
class Person:
    """Who somebody is, as far as it is known."""

    phone: str | None
    """E.164."""
    lid: str | None

    def is_same_as(self, other: Person) -> bool:
        """Whether one of the addresses is known of both, and the same."""
        same_lid = self.lid is not None and self.lid == other.lid
        return same_lid or (self.phone is not None and self.phone == other.phone)


#: Somebody of whom nothing is known.
NOBODY = Person(None, None)


def phone_jid(phone: str) -> str:
    """The JID in text of a phone number (E.164)."""
    return f"{phone.lstrip('+')}@{_PHONE_SERVER}"


def bare(jid: Any) -> str | None:
    """`user@server` of the library's JID, without device; None if it is empty."""
    if not jid.Server:
        return None
    return f"{jid.User}@{jid.Server}" if jid.User else str(jid.Server)


def bare_text(jid: str) -> str:
    """The same of a JID in text, as quotes and mentions carry it."""
    user, _, server = jid.partition("@")
    return f"{user.partition(':')[0].partition('.')[0]}@{server}"


def person(*addresses: str | None, own: OwnNumber | None = None) -> Person:
    """Whose addresses these are. With `own`, our own number is completed from it."""
    phone = lid = None
    for address in addresses:
        user, _, server = (address or "").partition("@")
        if server == _PHONE_SERVER and user.isascii() and user.isdigit():
            phone = phone or f"+{user}"
        elif server == _LID_SERVER:
            lid = lid or address
    if own and (phone == own.phone or (lid and lid == own.lid)):
        return Person(own.phone, own.lid or lid)
    return Person(phone, lid)
