"""Asking for a message again that a phone could not read, and what such a request brings."""

from simulator.nodes import Attrs, MalformedError, Node, node
from simulator.phone.bundle import Bundle
from simulator.phone.phone import Phone
from simulator.stanzas import bundle_parts, read_bundle

#: After so many requests for the same message both sides give up.
MAX_RETRIES = 5
#: From this request on the keys go along, for a session made anew.
RETRY_WITH_KEYS = 2


def request(phone: Phone, message: Node) -> list[Node] | None:
    """Return the content of the receipt that asks for a message again; None: no more."""
    enc = message.child("enc")
    count = (enc.number("count") if "count" in enc.attrs else 0) + 1
    if count > MAX_RETRIES:
        return None
    retry: Attrs = {"count": count, "id": message.text("id"), "t": message.text("t"), "v": 1}
    registration = node("registration", content=phone.registration_id.to_bytes(4))
    parts = [node("retry", retry), registration]
    if count >= RETRY_WITH_KEYS:
        parts.append(node("keys", content=bundle_parts(phone.bundle(), None)[1:]))
    return parts


def first_request(phone: Phone, number: str, at: int) -> list[Node]:
    """Return the content of a receipt that asks for a message for the first time."""
    retry: Attrs = {"count": 1, "id": number, "t": at, "v": 1}
    registration = node("registration", content=phone.registration_id.to_bytes(4))
    return [node("retry", retry), registration]


def count_of(receipt: Node) -> int | None:
    """Return how often a message was asked for, with this receipt; None: too often."""
    count = receipt.child("retry").number("count")
    return count if count <= MAX_RETRIES else None


def bundle_of(receipt: Node, identity: bytes | None) -> Bundle | None:
    """Return the keys that came with a request, if any did.

    Raise MalformedError unless they are those of the device with this identity.
    """
    keys = receipt.find("keys")
    if keys is None:
        return None
    bundle = read_bundle(keys, int.from_bytes(receipt.child("registration").data))
    if bundle.identity != identity:
        raise MalformedError("a device asks with another identity than its own")
    return bundle
