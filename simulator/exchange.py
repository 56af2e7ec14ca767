"""What passes between accounts: messages, receipts and typing, to phones and linked devices.

Senders are addressed by LID here, phones (device 0) and linked devices alike; what they write may
name accounts in either form and is answered in the form that was used.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.nodes import LID_SERVER, PHONE_NUMBER_SERVER, Jid, MalformedError, Node, node
from simulator.phone.phone import Phone
from simulator.refusals import RefusedError
from simulator.router import ack
from simulator.stanzas import participant_hash

if TYPE_CHECKING:
    from simulator.server import Server

#: WhatsApp's code for a message whose structure or recipients it does not accept.
UNACCEPTABLE = 479
ENCRYPTIONS = ("pkmsg", "msg")
#: What a message carries besides its ciphertexts and is passed on.
FORWARDED_PARTS = ("device-identity", "meta")
FORWARDED_ATTRS = ("type", "edit", "category")
#: Receipts that concern the reader and its own account only.
PRIVATE_RECEIPTS = ("sender", "peer_msg", "hist_sync")
SHARED_RECEIPTS = ("", "inactive", "read", "played")


class Exchange:
    """The way from a sending device to those who receive."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def message(self, sender: Jid, message: Node) -> Node:
        """Pass a message on to each device that it is encrypted for, and return its ack.

        Raise RefusedError if it names devices that do not exist.
        """
        chat, own = self.account(message.jid("to")), self.account(sender)
        envelopes = self._envelopes(sender, message)
        for target in envelopes:
            self._check_target(target, (chat, own))
        for target, enc in envelopes.items():
            self.hand_over(target, self._addressed(sender, target, message, enc))
        stale = None
        if message.find("participants"):
            stale = self._stale(sender, chat, own, set(envelopes))
        return ack(message, {"t": int(time.time()), "phash": stale})

    def receipt(self, sender: Jid, receipt: Node) -> Node:
        """Pass a receipt on to whom it concerns, and return its ack."""
        to = receipt.jid("to")
        return self.relay(
            sender, to, receipt, lambda kind: self._receipt(sender, to, receipt, kind)
        )

    def relay(
        self, reader: Jid, author: Jid, receipt: Node, of_type: Callable[[str], Node]
    ) -> Node:
        """Give a receipt to the author's devices, and the reader's; return its ack.

        `of_type` makes what a device gets, with this type.
        """
        kind = str(receipt.attrs.get("type", ""))
        if kind == "retry":
            target = self.by_lid(author)
            receipt.child("retry")
            self.hand_over(target, of_type(kind))
        elif kind in SHARED_RECEIPTS:
            for target in self._others(author, reader):
                self.hand_over(target, of_type(kind))
            if kind == "read":
                self._tell_own(reader, author, of_type)
        elif kind not in PRIVATE_RECEIPTS:
            raise RefusedError("receipt-type", 400, f"no receipt is of type {kind}")
        return ack(receipt, {})

    def chatstate(self, sender: Jid, state: Node) -> None:
        """Pass on that somebody is typing, to who is there; phones always are."""
        to = state.jid("to")
        own = self.account(sender)
        origin = _in_form(to, own, 0)
        self._server.inbox.note_typing(self.account(to), own, state)
        for target in self.devices(self.account(to)):
            device = self._server.devices.get(self.account(target).number, target.device)
            if device:
                stanza = node("chatstate", {"from": origin}, state.children)
                self._server.delivery.tell(device, stanza)

    def devices(self, phone: Phone) -> list[Jid]:
        """Return the addresses, by LID, of an account's phone and linked devices."""
        linked = [device.jid for device in self._server.devices.linked(phone.number)]
        return [Jid(phone.lid, LID_SERVER), *linked]

    def account(self, jid: Jid) -> Phone:
        """Return the phone of the account that an address belongs to, or raise RefusedError."""
        phone = self._server.accounts.of(jid)
        if phone is None:
            raise RefusedError("unknown-account", UNACCEPTABLE, f"{jid} is nobody")
        return phone

    def by_lid(self, jid: Jid) -> Jid:
        """Return a device's address by LID, or raise RefusedError if there is no such account."""
        return Jid(self.account(jid).lid, LID_SERVER, jid.device)

    def envelopes(self, participants: Node) -> dict[Jid, Node]:
        """Return what `<participants>` holds for each device, by LID; refuse one named twice."""
        if any(part.tag != "to" for part in participants.children):
            raise MalformedError("a participant that is none")
        encs = [(part.jid("jid"), checked(part.child("enc"))) for part in participants.children]
        envelopes = {self.by_lid(jid): enc for jid, enc in encs}
        if len(envelopes) != len(encs):
            raise RefusedError("message-devices", UNACCEPTABLE, "the same device twice")
        return envelopes

    def _envelopes(self, sender: Jid, message: Node) -> dict[Jid, Node]:
        participants = message.find("participants")
        if participants is None:
            to = self.by_lid(message.jid("to"))
            return {to: checked(message.child("enc"))}
        envelopes = self.envelopes(participants)
        if not envelopes or sender in envelopes:
            raise RefusedError("message-devices", UNACCEPTABLE, "no device, or its own")
        return envelopes

    def _check_target(self, target: Jid, parties: tuple[Phone, Phone]) -> None:
        """Refuse devices that do not exist or belong to neither side of the chat."""
        if target.user not in {phone.lid for phone in parties}:
            raise RefusedError("message-devices", UNACCEPTABLE, f"{target} is not in the chat")
        if target not in self.devices(self.account(target)):
            raise RefusedError("message-devices", UNACCEPTABLE, f"{target} does not exist")

    def _stale(self, sender: Jid, chat: Phone, own: Phone, reached: set[Jid]) -> str | None:
        """Return the right hash of the devices if the sender has left some out."""
        expected = {*self.devices(chat), *self.devices(own)}
        return None if expected == reached | {sender} else participant_hash(expected)

    def _addressed(self, sender: Jid, target: Jid, message: Node, enc: Node) -> Node:
        to = message.jid("to")
        own = self.account(sender)
        passed = {name: message.attrs.get(name) for name in FORWARDED_ATTRS}
        attrs: dict[str, str | int | Jid | None] = {
            **_from(to, own, sender.device),
            "id": message.text("id"),
            "t": int(time.time()),
            "notify": own.name,
            **passed,
        }
        recipient = message.jid("recipient") if "recipient" in message.attrs else to
        if target.user == sender.user and self.account(recipient).lid != own.lid:
            number = _number(self.account(recipient))
            attrs |= {"recipient": recipient.account, "peer_recipient_pn": number}
        parts = [part for part in message.children if part.tag in FORWARDED_PARTS]
        return node("message", attrs, [enc, *parts])

    def _receipt(self, sender: Jid, to: Jid, receipt: Node, kind: str) -> Node:
        own = self.account(sender)
        attrs: dict[str, str | int | Jid | None] = {
            **_from(to, own, sender.device),
            "id": receipt.text("id"),
            "type": kind or None,
            "t": int(time.time()),
        }
        return node("receipt", attrs, receipt.children or None)

    def _tell_own(self, reader: Jid, author: Jid, of_type: Callable[[str], Node]) -> None:
        for target in self._others(reader, reader):
            own = of_type("read-self")
            own.attrs["recipient"] = author.account
            self.hand_over(target, own)

    def _others(self, account: Jid, device: Jid) -> list[Jid]:
        """All devices of an account but that one."""
        return [each for each in self.devices(self.account(account)) if each != device]

    def hand_over(self, target: Jid, stanza: Node) -> None:
        """Give a stanza to a device (by LID): a phone takes it at once, others when they can."""
        phone = self.account(target)
        if target.device == 0:
            self._server.handset.receive(phone, stanza)
            return
        device = self._server.devices.get(phone.number, target.device)
        if device:
            self._server.delivery.deliver(device, stanza)


def checked(enc: Node, kinds: tuple[str, ...] = ENCRYPTIONS) -> Node:
    """Return an `<enc>` that is of one of these kinds, else raise MalformedError."""
    if enc.attrs.get("type") not in kinds or enc.attrs.get("v") != "2" or not enc.data:
        raise MalformedError("an <enc> of a kind that does not exist")
    if "count" in enc.attrs:
        enc.number("count")
    return enc


def _number(phone: Phone) -> Jid:
    return Jid(phone.number, PHONE_NUMBER_SERVER)


def _in_form(used: Jid, phone: Phone, device: int) -> Jid:
    """Return an account's device in the form, number or LID, that somebody used for another."""
    by_lid = used.server == LID_SERVER
    return Jid(phone.lid, LID_SERVER, device) if by_lid else _number(phone).at_device(device)


def _from(used: Jid, phone: Phone, device: int) -> dict[str, str | int | Jid | None]:
    """Return the attributes that name a sender: in the form used, and the other beside it."""
    by_lid = used.server == LID_SERVER
    other = {"sender_pn": _number(phone)} if by_lid else {"sender_lid": Jid(phone.lid, LID_SERVER)}
    return {"from": _in_form(used, phone, device), **other}
