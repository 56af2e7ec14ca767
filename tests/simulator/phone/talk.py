"""Two phones, Ana's and Bia's, and what they say to one another."""

from simulator.nodes import Jid
from simulator.phone.contents import read, text_message
from simulator.phone.phone import Phone
from simulator.records import SqliteRecords

ANA, BIA = Jid("2924", "lid"), Jid("2185", "lid")

Sealed = tuple[str, bytes]


def say(sender: Phone, receiver: Phone, text: str) -> Sealed:
    device = Jid(receiver.lid, "lid")
    bundle = None if sender.has_session(device) else receiver.bundle()
    return sender.encrypt(device, text_message(text), bundle)


def hear(receiver: Phone, sender: Phone, sealed: Sealed) -> str:
    return read(receiver.decrypt(Jid(sender.lid, "lid"), *sealed)).text


def again(records: SqliteRecords, phone: Phone) -> Phone:
    loaded = Phone.load(records, phone.number)
    assert loaded is not None
    return loaded


def acquaint(ana: Phone, bia: Phone) -> None:
    assert hear(bia, ana, say(ana, bia, "oi")) == "oi"
    assert hear(ana, bia, say(bia, ana, "olá")) == "olá"
