"""WhatsApp's addresses (JIDs), as far as it is told by them who is meant."""

from __future__ import annotations

#: How they end: of somebody by phone number, of somebody by WhatsApp's own id, of a group.
PHONE_SERVER, LID_SERVER, GROUP_SERVER = "s.whatsapp.net", "lid", "g.us"


def phone_in(jid: str) -> str | None:
    """The phone number (E.164) that a JID names; None: it goes by another name."""
    user, _, server = jid.partition("@")
    return f"+{user}" if server == PHONE_SERVER else None


def jid_of(phone: str) -> str:
    """The JID that names a phone number (E.164)."""
    return f"{phone.lstrip('+')}@{PHONE_SERVER}"


def is_lid(jid: str) -> bool:
    """Whether it names somebody by WhatsApp's own id."""
    return jid.endswith(f"@{LID_SERVER}")
