"""Messages as the library hands them over."""

from __future__ import annotations

from typing import Any

from tests.whatsapp.protobufs import Message, MessageInfo, MessageSource, e2e, source
from whatsapp.store import OwnNumber

OWN = OwnNumber("+5511999990000", "1@lid")
CUSTOMER_PHONE, CUSTOMER_LID = "5521988880000@s.whatsapp.net", "2924@lid"
CUSTOMER = {"phone": "+5521988880000", "lid": "2924@lid"}
US = {"phone": "+5511999990000", "lid": "1@lid"}
NOBODY = {"phone": None, "lid": None}
INCOMING = source(CUSTOMER_LID, CUSTOMER_LID, sender_alt=CUSTOMER_PHONE)
OUTGOING = source(CUSTOMER_LID, "1@lid", recipient_alt=CUSTOMER_PHONE, IsFromMe=True)
GROUP = "123-456@g.us"
IN_GROUP = source(GROUP, CUSTOMER_LID, sender_alt=CUSTOMER_PHONE, IsGroup=True)


def message(
    content: e2e.Message, where: MessageSource = INCOMING, name: str = "Ana", **info: Any
) -> Message:
    """What the library reports of this content."""
    return Message(
        Info=MessageInfo(
            MessageSource=where,
            ID="3EB0",
            Pushname=name,
            Timestamp=1_700_000_000_123,
            Type="text",
            **info,
        ),
        Message=content,
    )


def text(body: str = "oi", **context: Any) -> e2e.Message:
    """A text; `context`: its ContextInfo."""
    return e2e.Message(
        extendedTextMessage=e2e.ExtendedTextMessage(
            text=body, contextInfo=e2e.ContextInfo(**context) if context else None
        )
    )


def image(caption: str = "") -> e2e.Message:
    """A picture."""
    return e2e.Message(imageMessage=e2e.ImageMessage(caption=caption or None))
