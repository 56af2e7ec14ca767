"""The stanzas that the server and the phones build in more than one place."""

import base64
import hashlib
import secrets
import time
from collections.abc import Iterable

from simulator.nodes import Attrs, Jid, MalformedError, Node, node
from simulator.phone.bundle import Bundle
from simulator.phone.errors import BadBundleError

KEY_TYPE = b"\x05"
REGISTRATION_ID_LENGTH = 4
PREKEY_ID_LENGTH = 3


def notification(sender: Jid, kind: str, content: list[Node]) -> Node:
    """Return a notification with a new id and the present time."""
    attrs: Attrs = {"from": sender, "type": kind, "id": new_id(), "t": int(time.time())}
    return node("notification", attrs, content)


def new_id() -> str:
    """Return a new stanza id, 32 hexadecimal digits, as phones and the server make them."""
    return secrets.token_hex(16).upper()


def participant_hash(devices: Iterable[Jid]) -> str:
    """Return the hash by which both sides compare device lists; the phone is device 0."""
    names = sorted(f"{jid.user}.0:{jid.device}@{jid.server}" for jid in devices)
    digest = hashlib.sha256("".join(names).encode()).digest()
    return "2:" + base64.b64encode(digest[:6]).decode().rstrip("=")


def bundle_parts(bundle: Bundle, signed_identity: bytes | None) -> list[Node]:
    """Return the parts of a prekey bundle as they stand in `<user>`."""
    parts = identity_parts(bundle.registration_id, bundle.identity)
    if bundle.prekey is not None and bundle.prekey_id is not None:
        parts.append(node("key", content=_key(bundle.prekey_id, bundle.prekey)))
    signed = signed_part(bundle.signed_prekey_id, bundle.signed_prekey, bundle.signature)
    parts.append(signed)
    if signed_identity:
        parts.append(node("device-identity", content=signed_identity))
    return parts


def identity_parts(registration_id: int, identity: bytes) -> list[Node]:
    """Return what stands first wherever a device's keys are told."""
    return [
        node("registration", content=registration_id.to_bytes(REGISTRATION_ID_LENGTH)),
        node("type", content=KEY_TYPE),
        node("identity", content=identity),
    ]


def signed_part(number: int, public: bytes, signature: bytes) -> Node:
    """Return `<skey>`, a signed prekey."""
    return node("skey", content=[*_key(number, public), node("signature", content=signature)])


def read_bundle(parts: Node, registration_id: int) -> Bundle:
    """Read the keys in a retry receipt; raise MalformedError unless they are a bundle."""
    signed, one_time = parts.child("skey"), parts.find("key")
    if parts.child("type").data != KEY_TYPE:
        raise MalformedError("keys of an unknown type")
    signed_id, signed_key = read_key(signed)
    number, key = read_key(one_time) if one_time else (None, None)
    bundle = Bundle(
        registration_id=registration_id,
        identity=parts.child("identity").data,
        signed_prekey_id=signed_id,
        signed_prekey=signed_key,
        signature=signed.child("signature").data,
        prekey_id=number,
        prekey=key,
    )
    try:
        bundle.check()
    except BadBundleError as error:
        raise MalformedError(str(error)) from error
    return bundle


def read_key(part: Node) -> tuple[int, bytes]:
    """Read the id and the public key of a prekey; raise MalformedError for wrong lengths."""
    number, value = part.child("id").data, part.child("value").data
    if (len(number), len(value)) != (PREKEY_ID_LENGTH, 32):
        raise MalformedError("a prekey or its id has a wrong length")
    return int.from_bytes(number), value


def key_id(number: int) -> Node:
    """Return a prekey's id as it stands in a stanza."""
    return node("id", content=number.to_bytes(PREKEY_ID_LENGTH))


def _key(number: int, value: bytes) -> list[Node]:
    return [key_id(number), node("value", content=value)]
