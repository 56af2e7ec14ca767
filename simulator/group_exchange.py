"""What passes in groups: messages, receipts and typing, to every member's phone and devices.

Members are addressed by LID in every group; their numbers stand beside it.
"""

import time
from typing import TYPE_CHECKING

from simulator.exchange import (
    FORWARDED_ATTRS,
    FORWARDED_PARTS,
    UNACCEPTABLE,
    checked,
)
from simulator.groups import ADDRESSING, Group
from simulator.nodes import LID_SERVER, PHONE_NUMBER_SERVER, Jid, MalformedError, Node, node
from simulator.refusals import RefusedError
from simulator.router import ack
from simulator.stanzas import participant_hash

if TYPE_CHECKING:
    from simulator.server import Server

#: WhatsApp's code for a message that addresses a group's members in another way than the group.
WRONG_ADDRESSING = 421
#: The `type` of the one ciphertext that is for all.
FOR_ALL = "skmsg"


class GroupExchange:
    """The way from a sending device to those who are in a group with it."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def message(self, sender: Jid, message: Node) -> Node:
        """Pass a message on to all devices in the group, or one that asked for it again.

        Return its ack. Raise RefusedError for those who are not in the group.
        """
        group = self.group_of(sender, message.jid("to"))
        if message.find("participants") is None:
            target = self._server.exchange.by_lid(message.jid("participant"))
            self._check_targets(group, {target})
            self._hand_over(sender, target, message, [checked(message.child("enc"))])
            return ack(message, {"t": int(time.time())})
        return ack(message, {"t": int(time.time()), "phash": self._fan_out(sender, group, message)})

    def receipt(self, sender: Jid, receipt: Node) -> Node:
        """Pass a receipt on to the author of what it speaks of, and return its ack.

        Who has left a group meanwhile may still confirm what came before.
        """
        self._group(receipt.jid("to"))
        author = self._server.exchange.by_lid(receipt.jid("participant"))
        return self._server.exchange.relay(
            sender, author, receipt, lambda kind: self._receipt(sender, receipt, kind)
        )

    def chatstate(self, sender: Jid, state: Node) -> None:
        """Pass on that somebody is typing, to who is there; phones always are."""
        group = self.group_of(sender, state.jid("to"))
        author = self._server.exchange.account(sender)
        attrs = {"from": group.jid, **named(author.lid, author.number, 0)}
        for member in self._server.groups.members(group):
            if member.lid != author.lid:
                self._server.inbox.note_typing(member, author, state, str(group.jid))
        for target in self.devices(group):
            number = self._server.exchange.account(target).number
            device = self._server.devices.get(number, target.device)
            if device and target.user != sender.user:
                self._server.delivery.tell(device, node("chatstate", attrs, state.children))

    def devices(self, group: Group) -> list[Jid]:
        """Return the addresses, by LID, of all members' phones and linked devices."""
        members = self._server.groups.members(group)
        return [device for phone in members for device in self._server.exchange.devices(phone)]

    def are_in(self, group: Jid, *lids: str) -> bool:
        """Tell whether all of these accounts are in a group."""
        found = self._server.groups.get(group)
        members = self._server.groups.members(found) if found else []
        return set(lids) <= {phone.lid for phone in members}

    def group_of(self, member: Jid, jid: Jid) -> Group:
        """Return the group at an address, in which somebody must be, or raise RefusedError."""
        group = self._group(jid)
        if self._server.exchange.account(member).number not in group.members:
            raise RefusedError("group-member", 403, "forbidden")
        return group

    def _group(self, jid: Jid) -> Group:
        group = self._server.groups.get(jid)
        if group is None:
            raise RefusedError("group-unknown", 404, "item-not-found")
        return group

    def _fan_out(self, sender: Jid, group: Group, message: Node) -> str | None:
        """Hand a message to all; return the right hash of the devices if the sender's is not."""
        if message.attrs.get("addressing_mode") != ADDRESSING:
            raise RefusedError("group-addressing", WRONG_ADDRESSING, "this group goes by LID")
        for_all = checked(message.child("enc"), (FOR_ALL,))
        own = self._server.exchange.envelopes(message.child("participants"))
        devices = self.devices(group)
        self._check_targets(group, set(own))
        for target in devices:
            if target != sender:
                encs = [own[target], for_all] if target in own else [for_all]
                self._hand_over(sender, target, message, encs)
        right = participant_hash(devices)
        return None if message.text("phash") == right else right

    def _check_targets(self, group: Group, targets: set[Jid]) -> None:
        strangers = targets - set(self.devices(group))
        if strangers:
            names = ", ".join(map(str, strangers))
            raise RefusedError("message-devices", UNACCEPTABLE, f"not in the group: {names}")

    def _hand_over(self, sender: Jid, target: Jid, message: Node, encs: list[Node]) -> None:
        author = self._server.exchange.account(sender)
        passed = {name: message.attrs.get(name) for name in FORWARDED_ATTRS}
        parts = [part for part in message.children if part.tag in FORWARDED_PARTS]
        attrs = {
            "from": message.jid("to"),
            **named(author.lid, author.number, sender.device),
            "id": message.text("id"),
            "t": int(time.time()),
            "notify": author.name,
            **passed,
        }
        self._server.exchange.hand_over(target, node("message", attrs, [*encs, *parts]))

    def _receipt(self, sender: Jid, receipt: Node, kind: str) -> Node:
        reader = self._server.exchange.account(sender)
        attrs = {
            "from": receipt.jid("to"),
            **named(reader.lid, reader.number, sender.device),
            "id": receipt.text("id"),
            "type": kind or None,
            "t": int(time.time()),
        }
        return node("receipt", attrs, receipt.children or None)


def author_of(stanza: Node) -> Jid:
    """Return who a stanza of a group comes from, by LID; raise MalformedError if nobody."""
    author = stanza.jid("participant")
    if author.server != LID_SERVER:
        raise MalformedError(f"{author} is no member's address")
    return author


def named(lid: str, number: str, device: int) -> dict[str, str | int | Jid | None]:
    """Return the attributes that name the member from whom a group's stanza comes."""
    return {
        "participant": Jid(lid, LID_SERVER, device),
        "participant_pn": Jid(number, PHONE_NUMBER_SERVER),
        "addressing_mode": ADDRESSING,
    }
