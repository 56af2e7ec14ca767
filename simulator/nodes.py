"""The vocabulary of the wire: nodes (stanzas and their parts) and the JIDs in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

PHONE_NUMBER_SERVER = "s.whatsapp.net"
LID_SERVER = "lid"
GROUP_SERVER = "g.us"


class MalformedError(ValueError):
    """A stanza, or its bytes, is not what the protocol allows."""


@dataclass(frozen=True, slots=True)
class Jid:
    """An address: a user's account, one of its devices, a group, or (without user) a server."""

    user: str
    server: str
    device: int = 0
    """0 is the phone, which also stands for the account as a whole."""

    def __str__(self) -> str:
        device = f":{self.device}" if self.device else ""
        return f"{self.user}{device}@{self.server}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `user@server` or `user:device@server`; raise MalformedError for anything else."""
        local, at, server = text.partition("@")
        user, colon, device = local.partition(":")
        if not at or not server or (colon and not (device.isascii() and device.isdigit())):
            raise MalformedError(f"not a JID: {text!r}")
        return cls(user, server, int(device or 0))

    @property
    def account(self) -> "Jid":
        """The same address without its device."""
        return Jid(self.user, self.server)

    def at_device(self, device: int) -> "Jid":
        """Return the address of this account's given device."""
        return Jid(self.user, self.server, device)


SERVER = Jid("", PHONE_NUMBER_SERVER)


@dataclass(slots=True)
class Node:
    """A stanza or a part of one. Attribute values that are addresses are Jid, never text."""

    tag: str
    attrs: dict[str, str | Jid] = field(default_factory=dict)
    content: "list[Node] | bytes | None" = None

    @property
    def children(self) -> "list[Node]":
        """The nodes inside; none if the content is bytes or missing."""
        return self.content if isinstance(self.content, list) else []

    @property
    def data(self) -> bytes:
        """The bytes inside; raise MalformedError if there are none."""
        if not isinstance(self.content, bytes):
            raise MalformedError(f"<{self.tag}> holds no bytes")
        return self.content

    def find(self, tag: str) -> "Node | None":
        """Return the first child with that tag, or None."""
        return next((child for child in self.children if child.tag == tag), None)

    def child(self, tag: str) -> "Node":
        """Return the first child with that tag; raise MalformedError if there is none."""
        child = self.find(tag)
        if child is None:
            raise MalformedError(f"<{self.tag}> lacks <{tag}>")
        return child

    def text(self, name: str) -> str:
        """Return an attribute that must be there as text (a Jid: in its written form)."""
        try:
            return str(self.attrs[name])
        except KeyError:
            raise MalformedError(f"<{self.tag}> lacks {name}") from None

    def number(self, name: str) -> int:
        """Return an attribute that must be there as a number, zero or more."""
        text = self.text(name)
        if not (text.isascii() and text.isdigit()):
            raise MalformedError(f"<{self.tag}> has no number in {name}")
        return int(text)

    def jid(self, name: str) -> Jid:
        """Return an attribute that must be there as a Jid."""
        value = self.attrs.get(name)
        if not isinstance(value, Jid):
            raise MalformedError(f"<{self.tag}> has no JID in {name}")
        return value


#: What `node` takes: None leaves an attribute out, a number is written as text.
Attrs = Mapping[str, str | int | Jid | None]


def node(
    tag: str,
    attrs: Attrs | None = None,
    content: list[Node] | bytes | None = None,
) -> Node:
    """Build a node: attributes that are None are left out, numbers are written as text."""
    present = {key: value for key, value in (attrs or {}).items() if value is not None}
    return Node(tag, {k: v if isinstance(v, Jid) else str(v) for k, v in present.items()}, content)
