"""To which chat a message goes: as the empresa's own chats know it, or as WhatsApp does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors import outgoing as o
from actors.errors import NotOnWhatsapp, Unavailable, UnknownRecipient
from actors.reply import ask

if TYPE_CHECKING:
    from actors.directory import Directory

#: Seconds that WhatsApp may take to say whether it knows a number.
CHECK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Address:
    """Whom a message is for, as the asker named them."""

    kind: str
    """`phone`, `lid` or `group`."""
    names: tuple[str, ...]
    """JIDs, or phone numbers (E.164), that may be meant; the first that is known counts."""

    def shape(self) -> dict[str, Any]:
        """As it is stored."""
        return {"kind": self.kind, "names": list(self.names)}

    @classmethod
    def of(cls, shape: dict[str, Any]) -> Address:
        """What was stored."""
        return cls(shape["kind"], tuple(shape["names"]))


def address_of(original: o.StoredOriginal) -> Address:
    """Of the chat in which this message is."""
    jid = original.chat["id"]
    if jid is None:
        return Address.of(original.recipient or {})
    kinds = {"g.us": "group", "lid": "lid"}
    return Address(kinds.get(jid.partition("@")[2], "phone"), (jid,))


async def find_chat(directory: Directory, empresa_id: int, address: Address) -> str:
    """The JID of the chat; nobody else's ever reaches the library, which can die of it.

    Refused: `UnknownRecipient`, `NotOnWhatsapp`; `NotConnected` and `Unavailable` where it cannot
    be known now.
    """
    known: str | None = await ask(directory.reader, o.KnownChat(empresa_id, address.names))
    if known is not None:
        return known
    if address.kind != "phone":
        raise UnknownRecipient
    session = directory.session(empresa_id)
    if session is None:
        raise Unavailable
    found: str | None = await ask(session, o.FindChat(address.names), CHECK_SECONDS)
    if found is None:
        raise NotOnWhatsapp
    return found
