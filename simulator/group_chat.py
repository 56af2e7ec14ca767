"""The phones in their groups: what they write there, and what they do with what others wrote."""

from typing import TYPE_CHECKING

from simulator import retries
from simulator.group_exchange import FOR_ALL, author_of
from simulator.groups import ADDRESSING, Group
from simulator.handset import meta
from simulator.nodes import LID_SERVER, Attrs, Jid, Node, node
from simulator.phone import contents
from simulator.phone.errors import DecryptError, ReusedCounterError
from simulator.phone.phone import Phone
from simulator.phone.protobufs import Message
from simulator.refusals import UserError
from simulator.sent import SentMessage
from simulator.stanzas import new_id, participant_hash

if TYPE_CHECKING:
    from simulator.server import Server


class GroupChat:
    """Device 0 of every account, as far as groups are concerned."""

    def __init__(self, server: "Server") -> None:
        self._server = server

    def say(self, phone: Phone, group: Group, text: str) -> str:
        """Write a text to a group; return its id. Raise UserError if the phone is not in it."""
        return self.send(phone, group, contents.text_message(text))

    def send(self, phone: Phone, group: Group, message: Message) -> str:
        """Send anything to a group; as `say`."""
        if phone.number not in group.members:
            raise UserError("Este número não está no grupo.")
        number = new_id()
        devices = self._server.group_exchange.devices(group)
        others = [device for device in devices if device != _lid(phone)]
        participants = self._told(phone, group, others)
        sealed = phone.group_keys.encrypt(group.jid, message)
        for_all = node("enc", {"v": 2, "type": FOR_ALL}, sealed)
        attrs: Attrs = {
            "to": group.jid,
            "id": number,
            "type": contents.stanza_type(message),
            "addressing_mode": ADDRESSING,
            "phash": participant_hash(devices),
        }
        told = node("participants", content=participants)
        stanza = node("message", attrs, [*meta(message), told, for_all])
        self._server.sent.keep(phone, number, SentMessage(str(group.jid), message))
        self._server.group_exchange.message(_lid(phone), stanza)
        return number

    def mark_read(self, phone: Phone, group: Group, of: Phone, ids: list[str]) -> None:
        """Tell a member that its messages in the group were read."""
        items = [node("item", {"id": number}) for number in ids[1:]]
        content = [node("list", content=items)] if items else None
        stanza = self._receipt(group.jid, _lid(of), ids[0], "read", content)
        self._server.group_exchange.receipt(_lid(phone), stanza)

    def receive(self, phone: Phone, stanza: Node) -> None:
        """Take a stanza of a group that is addressed to a phone."""
        author = author_of(stanza)
        if stanza.tag == "message":
            self._receive_message(phone, author, stanza)
        elif stanza.attrs.get("type") == "retry":
            self._repeat(phone, author, stanza)
        elif stanza.tag == "receipt":
            self._server.inbox.note_receipt(phone, author, stanza)

    def _told(self, phone: Phone, group: Group, devices: list[Jid]) -> list[Node]:
        """Return the phone's sender key for each device that has not been told it yet."""
        told = []
        for device in phone.group_keys.untold(group.jid, devices):
            key = phone.group_keys.with_key(group.jid)
            enc = self._server.handset.encrypt(phone, device, key)
            if enc:
                told.append(node("to", {"jid": device}, [enc]))
                phone.group_keys.mark_told(group.jid, device)
        return told

    def _receive_message(self, phone: Phone, author: Jid, stanza: Node) -> None:
        group, number = stanza.jid("from"), stanza.text("id")
        try:
            messages = [
                self._read(phone, group, author, enc) for enc in stanza.children if enc.tag == "enc"
            ]
        except DecryptError as error:
            doubled = isinstance(error, ReusedCounterError)
            if doubled and self._server.inbox.has(phone, author, number):
                self._confirm(phone, author, stanza)
            else:
                self._ask_again(phone, author, stanza, error)
            return
        for message in messages:
            if contents.says_something(message):
                self._server.inbox.note_message(phone, author, stanza, message)
        self._confirm(phone, author, stanza)

    def _read(self, phone: Phone, group: Jid, author: Jid, enc: Node) -> Message:
        kind = enc.text("type")
        if kind == FOR_ALL:
            return phone.group_keys.decrypt(group, author, enc.data)
        identity = self._server.bundles.identity(author)
        message = phone.decrypt(author, kind, enc.data, identity)
        phone.group_keys.learn(group, author, message)
        return message

    def _confirm(self, phone: Phone, author: Jid, stanza: Node) -> None:
        kind = "sender" if author.user == phone.lid else None
        receipt = self._receipt(stanza.jid("from"), author, stanza.text("id"), kind)
        self._server.group_exchange.receipt(_lid(phone), receipt)

    def _ask_again(self, phone: Phone, author: Jid, stanza: Node, error: DecryptError) -> None:
        self._server.refusals.count(error.kind)
        parts = retries.request(phone, stanza)
        if parts:
            group, number = stanza.jid("from"), stanza.text("id")
            receipt = self._receipt(group, author, number, "retry", parts)
            self._server.group_exchange.receipt(_lid(phone), receipt)

    def _repeat(self, phone: Phone, device: Jid, receipt: Node) -> None:
        """Send a message again, and the key with it, to the device that could not read it."""
        group, number = receipt.jid("from"), receipt.text("id")
        message, count = self._server.sent.get(phone, number), retries.count_of(receipt)
        if message is None or message.to != str(group) or count is None:
            return
        if not self._server.group_exchange.are_in(group, phone.lid, device.user):
            return  # somebody has left meanwhile
        bundle = retries.bundle_of(receipt, self._server.bundles.identity(device))
        with_key = phone.group_keys.with_key(group, message.message)
        enc = self._server.handset.encrypt(phone, device, with_key, bundle)
        if enc:
            phone.group_keys.mark_told(group, device)
            enc.attrs["count"] = str(count)
            attrs: Attrs = {"to": group, "participant": device, "id": number, "type": "text"}
            self._server.group_exchange.message(_lid(phone), node("message", attrs, [enc]))

    def _receipt(
        self, group: Jid, of: Jid, number: str, kind: str | None, content: list[Node] | None = None
    ) -> Node:
        attrs: Attrs = {"to": group, "participant": of, "id": number, "type": kind}
        return node("receipt", attrs, content)


def _lid(phone: Phone) -> Jid:
    return Jid(phone.lid, LID_SERVER)
