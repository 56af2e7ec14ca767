"""The two forms in which Signal's ciphertexts travel: `msg`, and `pkmsg` which opens a session."""

from dataclasses import dataclass

from simulator.curve import KEY_LENGTH
from simulator.phone import fields
from simulator.phone.errors import BadMacError, MalformedMessageError
from simulator.phone.primitives import hmac_sha256, same

_VERSION = b"\x33"  # this version 3, oldest version 3
_KEY_TYPE = b"\x05"
_MAC_LENGTH = 8


def with_type(public: bytes) -> bytes:
    """Return a public key (32 bytes) as it stands inside Signal's messages (33 bytes)."""
    return _KEY_TYPE + public


def without_type(public: bytes) -> bytes:
    """Undo `with_type`; raise MalformedMessageError for anything else than such a key."""
    if len(public) != 1 + KEY_LENGTH or not public.startswith(_KEY_TYPE):
        raise MalformedMessageError("not a Curve25519 key with its type")
    return public[1:]


@dataclass(frozen=True)
class Ends:
    """The identities (32 bytes each) between which a message goes: its MAC covers both."""

    sender: bytes
    receiver: bytes


@dataclass(frozen=True)
class SignalMessage:
    """A `msg`: one ciphertext and the place of its key in the ratchet."""

    ratchet_key: bytes
    counter: int
    previous_counter: int
    ciphertext: bytes

    def seal(self, mac_key: bytes, ends: Ends) -> bytes:
        """Return the bytes to send."""
        ratchet_key = with_type(self.ratchet_key)
        body = _VERSION + fields.encode(
            {1: ratchet_key, 2: self.counter, 3: self.previous_counter, 4: self.ciphertext}
        )
        return body + _mac(mac_key, ends, body)


@dataclass(frozen=True)
class ReceivedMessage(SignalMessage):
    """A `msg` as it came: not to be believed until `check` has passed."""

    body: bytes
    mac: bytes

    @classmethod
    def parse(cls, data: bytes) -> "ReceivedMessage":
        """Read a `msg`, or raise MalformedMessageError."""
        if len(data) <= len(_VERSION) + _MAC_LENGTH or not data.startswith(_VERSION):
            raise MalformedMessageError("not a Signal message of version 3")
        body, mac = data[:-_MAC_LENGTH], data[-_MAC_LENGTH:]
        read = fields.Fields(body[len(_VERSION) :])
        key, ciphertext = without_type(read.bytes(1)), read.bytes(4)
        return cls(key, read.number(2), read.number(3), ciphertext, body, mac)

    def check(self, mac_key: bytes, ends: Ends) -> None:
        """Raise BadMacError unless this message was sealed with that key between these ends."""
        if not same(_mac(mac_key, ends, self.body), self.mac):
            raise BadMacError("the message's authentication code does not fit")


@dataclass(frozen=True)
class PrekeyMessage:
    """A `pkmsg`: a `msg` with what its receiver needs to begin the session."""

    registration_id: int
    prekey_id: int | None
    signed_prekey_id: int
    base_key: bytes
    identity: bytes
    message: bytes

    def encode(self) -> bytes:
        """Return the bytes to send."""
        base_key, identity = with_type(self.base_key), with_type(self.identity)
        return _VERSION + fields.encode(
            {
                5: self.registration_id,
                1: self.prekey_id,
                6: self.signed_prekey_id,
                2: base_key,
                3: identity,
                4: self.message,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "PrekeyMessage":
        """Read a `pkmsg`, or raise MalformedMessageError."""
        if not data.startswith(_VERSION):
            raise MalformedMessageError("not a Signal message of version 3")
        read = fields.Fields(data[len(_VERSION) :])
        return cls(
            registration_id=read.number(5),
            prekey_id=read.optional_number(1),
            signed_prekey_id=read.number(6),
            base_key=without_type(read.bytes(2)),
            identity=without_type(read.bytes(3)),
            message=read.bytes(4),
        )


def _mac(key: bytes, ends: Ends, body: bytes) -> bytes:
    covered = with_type(ends.sender) + with_type(ends.receiver) + body
    return hmac_sha256(key, covered)[:_MAC_LENGTH]
