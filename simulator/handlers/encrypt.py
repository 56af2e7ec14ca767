"""`encrypt`: devices leave their prekeys here and fetch those of others."""

import hashlib
import time
from typing import TYPE_CHECKING

from simulator import curve
from simulator.devices import Device
from simulator.handlers.senders import device_of
from simulator.nodes import Jid, MalformedError, Node, node
from simulator.prekeys import SignedPrekey
from simulator.refusals import RefusedError
from simulator.router import Router
from simulator.stanzas import KEY_TYPE, bundle_parts, identity_parts, key_id, read_key, signed_part

if TYPE_CHECKING:
    from simulator.connection import Connection

NOT_FOUND, NOT_ACCEPTABLE = 404, 406


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("encrypt", "count", handler=_count)
    router.on_iq("encrypt", "key", handler=_fetch)
    router.on_iq("encrypt", "registration", "identity", "type", "list", "skey", handler=_upload)
    router.on_iq("encrypt", "rotate", handler=_rotate)
    router.on_iq("encrypt", "digest", handler=_digest)


def _count(connection: "Connection", _iq: Node) -> list[Node]:
    left = connection.server.prekeys.count(device_of(connection))
    return [node("count", {"value": left})]


def _fetch(connection: "Connection", iq: Node) -> list[Node]:
    users = [user.jid("jid") for user in iq.child("key").children]
    return [node("list", content=[_user(connection, jid) for jid in users])]


def _user(connection: "Connection", jid: Jid) -> Node:
    found = connection.server.bundles.take(jid)
    if found is None:
        error = node("error", {"code": NOT_ACCEPTABLE, "text": "not-acceptable"})
        return node("user", {"jid": jid}, [error])
    parts = bundle_parts(found.bundle, found.signed_identity)
    return node("user", {"jid": jid, "t": int(time.time())}, parts)


def _upload(connection: "Connection", iq: Node) -> list[Node]:
    device, prekeys = device_of(connection), connection.server.prekeys
    if iq.child("type").data != KEY_TYPE or iq.child("identity").data != device.identity:
        raise RefusedError("prekey-identity", NOT_ACCEPTABLE, "not-acceptable")
    if iq.child("registration").data != device.registration_id.to_bytes(4):
        raise RefusedError("prekey-registration", NOT_ACCEPTABLE, "not-acceptable")
    keys = [_key(part) for part in iq.child("list").children]
    signed = _signed(device, iq.child("skey"))
    prekeys.add(device, keys)
    prekeys.sign(device, signed)
    return []


def _rotate(connection: "Connection", iq: Node) -> list[Node]:
    device = device_of(connection)
    signed = _signed(device, iq.child("rotate").child("skey"))
    connection.server.prekeys.sign(device, signed)
    return []


def _digest(connection: "Connection", _iq: Node) -> list[Node]:
    """Tell a device what it has left here, and the SHA-1 of these keys, for it to compare."""
    device, prekeys = device_of(connection), connection.server.prekeys
    signed = prekeys.signed(device)
    if signed is None:
        raise RefusedError("iq-encrypt", NOT_FOUND, "item-not-found")
    left = prekeys.left(device)
    keys = [device.identity, signed.public, signed.signature, *(key for _, key in left)]
    parts = [
        *identity_parts(device.registration_id, device.identity),
        signed_part(signed.id, signed.public, signed.signature),
        node("list", content=[key_id(number) for number, _ in left]),
        node("hash", content=hashlib.sha1(b"".join(keys), usedforsecurity=False).digest()),
    ]
    return [node("digest", content=parts)]


def _key(part: Node) -> tuple[int, bytes]:
    try:
        return read_key(part)
    except MalformedError as error:
        raise RefusedError("prekey-length", NOT_ACCEPTABLE, "not-acceptable") from error


def _signed(device: Device, part: Node) -> SignedPrekey:
    number, public = _key(part)
    signature = part.child("signature").data
    if not curve.verify(device.identity, KEY_TYPE + public, signature):
        raise RefusedError("prekey-signature", NOT_ACCEPTABLE, "not-acceptable")
    return SignedPrekey(number, public, signature)
