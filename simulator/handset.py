"""The phones as clients: what they do with stanzas that reach them, and what they send."""

import time
from typing import TYPE_CHECKING

from simulator import retries
from simulator.devices import Device
from simulator.groups import Group
from simulator.nodes import GROUP_SERVER, LID_SERVER, Attrs, Jid, MalformedError, Node, node
from simulator.phone import contents
from simulator.phone.bundle import Bundle
from simulator.phone.errors import DecryptError, ReusedCounterError
from simulator.phone.phone import PeerMessage, Phone
from simulator.phone.protobufs import Message
from simulator.phone.spoiling import spoilt_message
from simulator.phone.votes import Poll, vote_message
from simulator.sent import SentMessage
from simulator.stanzas import new_id

if TYPE_CHECKING:
    from simulator.server import Server


class Handset:
    """Device 0 of every account."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def receive(self, phone: Phone, stanza: Node) -> None:
        """Take a stanza that is addressed to a phone."""
        if stanza.jid("from").server == GROUP_SERVER:
            self._server.group_chat.receive(phone, stanza)
        elif stanza.tag == "message":
            self._receive_message(phone, stanza)
        elif stanza.attrs.get("type") == "retry":
            self._repeat(phone, stanza)
        elif stanza.tag == "receipt":
            self._server.inbox.note_receipt(phone, self._sender(stanza), stanza)

    def say(self, phone: Phone, to: Phone, text: str) -> str:
        """Write a text to another account; return its id."""
        return self.send(phone, to, contents.text_message(text))

    def vote(
        self, phone: Phone, of: Phone, poll: str, options: list[str], group: Group | None = None
    ) -> Message | None:
        """Return a vote on a poll that another account sent; None without that poll."""
        secret = self._server.inbox.secret(phone, poll)
        if secret is None:
            return None
        about = Poll(poll, str(_lid(of)), secret, str(group.jid) if group else None)
        return vote_message(about, str(_lid(phone)), options)

    def send(self, phone: Phone, to: Phone, content: Message) -> str:
        """Send anything to another account; return its id."""
        message = SentMessage(to.lid, content)
        number, devices = new_id(), self._server.exchange.devices
        fault = self._server.faults.strike("undecryptable", to.number)
        if fault:
            fault.victims.add(number)
        targets = [*devices(to), *(own for own in devices(phone) if own.device)]
        encrypted = [
            (target, self.encrypt(phone, target, message.for_device(phone, target)))
            for target in targets
        ]
        if fault:
            for target, enc in encrypted:
                _spoil(enc, target, message)
        participants = [node("to", {"jid": jid}, [enc]) for jid, enc in encrypted if enc]
        attrs: Attrs = {"to": _lid(to), "id": number, "type": contents.stanza_type(content)}
        parts = [*meta(content), node("participants", content=participants)]
        stanza = node("message", attrs, parts)
        self._server.sent.keep(phone, number, message)
        self._server.exchange.message(_lid(phone), stanza)
        return number

    def ask_again(self, phone: Phone, number: str) -> bool:
        """Ask a message's sender to repeat it, as if it could not be read; False: there is none."""
        got = self._server.inbox.messages(phone.number)
        line = next((each for each in got if each["id"] == number), None)
        if line is None:
            return False
        sender = Jid(str(line["fromLid"]), LID_SERVER, int(str(line["device"])))
        parts = retries.first_request(phone, number, int(str(line["timestamp"])))
        attrs: Attrs = {"to": sender, "id": number, "type": "retry"}
        self._server.exchange.receipt(_lid(phone), node("receipt", attrs, parts))
        return True

    def mark_read(self, phone: Phone, of: Phone, ids: list[str]) -> None:
        """Tell an account that its messages were read."""
        items = [node("item", {"id": number}) for number in ids[1:]]
        content = [node("list", content=items)] if items else None
        attrs: Attrs = {"to": Jid(of.lid, LID_SERVER), "id": ids[0], "type": "read"}
        self._server.exchange.receipt(_lid(phone), node("receipt", attrs, content))

    def type(self, phone: Phone, to: Phone | Group, state: str) -> None:
        """Tell an account or a group that one is `composing` or `recording`, or has `paused`."""
        address = Jid(to.lid, LID_SERVER) if isinstance(to, Phone) else to.jid
        media = "audio" if state == "recording" else None
        shown = node("paused" if state == "paused" else "composing", {"media": media})
        stanza = node("chatstate", {"to": address}, [shown])
        exchange = self._server.exchange if isinstance(to, Phone) else self._server.group_exchange
        exchange.chatstate(_lid(phone), stanza)

    def greet(self, device: Device) -> None:
        """Hand a device the account's keys and history, once and after it has left prekeys."""
        phone = self._server.accounts.get(device.number)
        if phone is None or self._server.devices.was_greeted(device):
            return
        found = self._server.bundles.take(device.jid)
        if found is None:
            return
        for message in phone.greet(device.jid, found.bundle):
            self._send_peer(device, message)
        self._server.devices.mark_greeted(device)

    def _receive_message(self, phone: Phone, stanza: Node) -> None:
        sender, enc = self._sender(stanza), stanza.child("enc")
        identity = self._server.bundles.identity(sender)
        try:
            message = phone.decrypt(sender, enc.text("type"), enc.data, identity)
        except DecryptError as error:
            doubled = isinstance(error, ReusedCounterError)
            if doubled and self._server.inbox.has(phone, sender, stanza.text("id")):
                self._confirm(phone, stanza, sender)
            else:
                self._ask_again(phone, stanza, sender, error)
            return
        device = self._server.devices.get(phone.number, sender.device)
        if stanza.attrs.get("category") == "peer" and device:
            self._answer_peer(phone, device, message)
        else:
            self._server.inbox.note_message(phone, sender, stanza, message)
        self._confirm(phone, stanza, sender)

    def _confirm(self, phone: Phone, stanza: Node, sender: Jid) -> None:
        own = sender.user == phone.lid
        kind = ("peer_msg" if stanza.attrs.get("category") == "peer" else "sender") if own else None
        attrs: Attrs = {"to": sender, "id": stanza.text("id"), "type": kind}
        self._server.exchange.receipt(_lid(phone), node("receipt", attrs))

    def _ask_again(self, phone: Phone, stanza: Node, sender: Jid, error: DecryptError) -> None:
        self._server.refusals.count(error.kind)
        parts = retries.request(phone, stanza)
        if parts:
            attrs: Attrs = {"to": sender, "id": stanza.text("id"), "type": "retry"}
            self._server.exchange.receipt(_lid(phone), node("receipt", attrs, parts))

    def _repeat(self, phone: Phone, receipt: Node) -> None:
        """Send a message again, in a new session, to the device that could not read it."""
        device, number = self._sender(receipt), receipt.text("id")
        message, count = self._server.sent.get(phone, number), retries.count_of(receipt)
        if message is None or message.is_to_group or count is None:
            return
        keys = retries.bundle_of(receipt, self._server.bundles.identity(device))
        bundle = keys or self._bundle(device)
        enc = self.encrypt(phone, device, message.for_device(phone, device), bundle)
        if enc:
            fault = self._server.faults.victor(number)
            if fault and not fault.options["heals"]:
                _spoil(enc, device, message)
            enc.attrs["count"] = str(count)
            own_copy = device.user == phone.lid
            recipient = Jid(message.to, LID_SERVER) if own_copy else None
            attrs: Attrs = {"to": device, "id": number, "type": "text", "recipient": recipient}
            self._server.exchange.message(_lid(phone), node("message", attrs, [enc]))

    def encrypt(
        self, phone: Phone, device: Jid, message: Message, bundle: Bundle | None = None
    ) -> Node | None:
        """Encrypt for one device; None if it has left no keys to begin with."""
        if bundle is None and not phone.has_session(device):
            bundle = self._bundle(device)
            if bundle is None:
                return None
        kind, data = phone.encrypt(device, message, bundle)
        return node("enc", {"v": 2, "type": kind}, data)

    def _bundle(self, device: Jid) -> Bundle | None:
        found = self._server.bundles.take(device)
        return found.bundle if found else None

    def _answer_peer(self, phone: Phone, device: Device, message: Message) -> None:
        for answer in phone.answer_peer(device.jid, message):
            self._send_peer(device, answer)

    def _send_peer(self, device: Device, message: PeerMessage) -> None:
        attrs: Attrs = {
            "from": device.number_jid.account,
            "id": message.id,
            "t": int(time.time()),
            "type": "text",
            "category": "peer",
        }
        meta = node("meta", {"appdata": "default"})
        enc = node("enc", {"v": 2, "type": message.kind}, message.ciphertext)
        self._server.delivery.deliver(device, node("message", attrs, [meta, enc]))

    def _sender(self, stanza: Node) -> Jid:
        """Return who a stanza comes from, by LID."""
        sender = stanza.jid("from")
        account = self._server.accounts.of(sender)
        if account is None:
            raise MalformedError(f"{sender} is nobody")
        return _lid(account).at_device(sender.device)


def meta(message: Message) -> list[Node]:
    """Return what a message's stanza says of it besides."""
    part = contents.poll_part(message)
    return [node("meta", {"polltype": part})] if part else []


def _spoil(enc: Node | None, device: Jid, message: SentMessage) -> None:
    """Make what a linked device of the receiver gets unreadable."""
    if enc and device.device and device.user == message.to:
        enc.content = spoilt_message(enc.text("type"), enc.data)


def _lid(phone: Phone) -> Jid:
    return Jid(phone.lid, LID_SERVER)
