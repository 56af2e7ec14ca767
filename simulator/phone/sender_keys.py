"""Signal's sender keys: one ciphertext for all devices in a group, which know its author's key."""

import copy
import secrets
from dataclasses import dataclass, field

from simulator import curve
from simulator.curve import SIGNATURE_LENGTH, KeyPair
from simulator.phone import fields
from simulator.phone.errors import BadMacError, MalformedMessageError, NoSenderKeyError
from simulator.phone.primitives import cbc_decrypt, cbc_encrypt, hkdf
from simulator.phone.ratchet import Chain, advance
from simulator.phone.signal_messages import with_type, without_type

_VERSION = b"\x33"  # this version 3, oldest version 3
_ID_BITS = 31
STATES_KEPT = 5


@dataclass(frozen=True)
class Distribution:
    """What an author tells each device once: from which key its messages are derived."""

    id: int
    iteration: int
    """Which message of the chain comes next."""

    chain: bytes
    signing: bytes
    """The public key that the messages are signed with, 32 bytes."""

    def encode(self) -> bytes:
        """Return the bytes to send, inside a message for one device."""
        signing = with_type(self.signing)
        return _VERSION + fields.encode({1: self.id, 2: self.iteration, 3: self.chain, 4: signing})

    @classmethod
    def parse(cls, data: bytes) -> "Distribution":
        """Read one, or raise MalformedMessageError."""
        if not data.startswith(_VERSION):
            raise MalformedMessageError("not a sender key of version 3")
        read = fields.Fields(data[len(_VERSION) :])
        return cls(read.number(1), read.number(2), read.bytes(3), without_type(read.bytes(4)))


@dataclass
class OwnKey:
    """The key with which a device writes to one group."""

    id: int
    iteration: int
    chain: bytes
    signing: KeyPair

    @classmethod
    def generate(cls) -> "OwnKey":
        """Make a new one."""
        return cls(secrets.randbits(_ID_BITS), 0, secrets.token_bytes(32), curve.generate())

    def distribution(self) -> Distribution:
        """Return what reads everything from the next message on."""
        return Distribution(self.id, self.iteration, self.chain, self.signing.public)

    def seal(self, text: bytes) -> bytes:
        """Encrypt; return a `skmsg`."""
        seed, self.chain = advance(self.chain)
        iv, key = _message_keys(seed)
        box = cbc_encrypt(key, iv, text)
        body = _VERSION + fields.encode({1: self.id, 2: self.iteration, 3: box})
        self.iteration += 1
        return body + self.signing.sign(body)


@dataclass
class TheirKey:
    """One key of another device's, as far as its chain was read."""

    id: int
    signing: bytes
    chain: Chain


@dataclass
class TheirKeys:
    """The keys with which one device has written to one group, the latest first."""

    keys: list[TheirKey] = field(default_factory=list)

    def learn(self, told: Distribution) -> None:
        """Take a key in; one that is known goes on from where it was read."""
        if any((key.id, key.signing) == (told.id, told.signing) for key in self.keys):
            return
        chain = Chain(told.signing, told.chain, told.iteration)
        self.keys = [TheirKey(told.id, told.signing, chain), *self.keys][:STATES_KEPT]

    def open(self, data: bytes) -> bytes:
        """Decrypt a `skmsg`, or raise a DecryptError; nothing changes then."""
        body, signature = data[:-SIGNATURE_LENGTH], data[-SIGNATURE_LENGTH:]
        if not body.startswith(_VERSION):
            raise MalformedMessageError("not a sender key message of version 3")
        read = fields.Fields(body[len(_VERSION) :])
        number, iteration, box = read.number(1), read.number(2), read.bytes(3)
        key = next((each for each in self.keys if each.id == number), None)
        if key is None:
            raise NoSenderKeyError("the author has not told this device its key")
        if not curve.verify(key.signing, body, signature):
            raise BadMacError("the message is not signed by the owner of its sender key")
        chain = copy.deepcopy(key.chain)
        iv, secret = _message_keys(chain.take(iteration))
        try:
            text = cbc_decrypt(secret, iv, box)
        except ValueError as error:
            raise MalformedMessageError("the ciphertext is no sequence of padded blocks") from error
        key.chain = chain
        return text


def _message_keys(seed: bytes) -> tuple[bytes, bytes]:
    keys = hkdf(b"", seed, b"WhisperGroup", 48)
    return keys[:16], keys[16:]
