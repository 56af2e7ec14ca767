"""X3DH: how a session begins, while one of the two sides may be offline."""

from dataclasses import dataclass

from simulator import curve
from simulator.curve import KeyPair
from simulator.phone.bundle import Bundle
from simulator.phone.errors import BadBundleError, MalformedMessageError, NoSessionError
from simulator.phone.primitives import HASH_LENGTH, hkdf
from simulator.phone.ratchet import Chain, Opening, Ratchet, turn_root
from simulator.phone.signal_messages import PrekeyMessage

_DISCONTINUITY = b"\xff" * 32


@dataclass(frozen=True)
class OwnKeys:
    """The private keys with which a phone begins sessions and answers them."""

    registration_id: int
    identity: KeyPair
    signed_prekey_id: int
    signed_prekey: KeyPair


def initiate(own: OwnKeys, bundle: Bundle) -> Ratchet:
    """Begin a session with a bundle's device; raise BadBundleError for a bad one."""
    bundle.check()
    base, ratchet = curve.generate(), curve.generate()
    try:
        secrets = [
            own.identity.dh(bundle.signed_prekey),
            base.dh(bundle.identity),
            base.dh(bundle.signed_prekey),
        ]
        if bundle.prekey is not None:
            secrets.append(base.dh(bundle.prekey))
        root, receiving = _agree(secrets)
        root, sending = turn_root(root, ratchet.dh(bundle.signed_prekey))
    except ValueError as error:
        raise BadBundleError("a key of the bundle is no public key") from error
    return Ratchet(
        their_identity=bundle.identity,
        base_key=base.public,
        root=root,
        own_key=ratchet,
        sending_chain=sending,
        receiving=[Chain(bundle.signed_prekey, receiving)],
        opening=Opening(bundle.signed_prekey_id, bundle.prekey_id),
    )


def respond(own: OwnKeys, opening: PrekeyMessage) -> Ratchet:
    """Answer a session that was begun with this phone's bundle, which has no one-time keys."""
    if opening.signed_prekey_id != own.signed_prekey_id or opening.prekey_id is not None:
        raise NoSessionError("the message was encrypted for prekeys that this phone never had")
    try:
        root, sending = _agree(
            [
                own.signed_prekey.dh(opening.identity),
                own.identity.dh(opening.base_key),
                own.signed_prekey.dh(opening.base_key),
            ]
        )
    except ValueError as error:
        raise MalformedMessageError("a key of the message is no public key") from error
    return Ratchet(
        their_identity=opening.identity,
        base_key=opening.base_key,
        root=root,
        own_key=own.signed_prekey,
        sending_chain=sending,
    )


def _agree(secrets: list[bytes]) -> tuple[bytes, bytes]:
    keys = hkdf(b"", _DISCONTINUITY + b"".join(secrets), b"WhisperText", 2 * HASH_LENGTH)
    return keys[:HASH_LENGTH], keys[HASH_LENGTH:]
