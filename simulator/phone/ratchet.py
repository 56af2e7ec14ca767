"""One Signal session's double ratchet: how two devices derive a new key for every message."""

from dataclasses import dataclass, field

from simulator import curve
from simulator.curve import KeyPair
from simulator.phone.errors import DecryptError, MalformedMessageError, ReusedCounterError
from simulator.phone.primitives import HASH_LENGTH, cbc_decrypt, cbc_encrypt, hkdf, hmac_sha256
from simulator.phone.signal_messages import Ends, ReceivedMessage, SignalMessage

FURTHEST_AHEAD = 2000
"""How many messages of a chain may be missing before one that is read."""

CHAINS_KEPT = 5
"""How many of the peer's chains are kept for messages that come late."""


@dataclass
class Chain:
    """What the peer encrypts with until it turns its ratchet: the keys of its messages in order."""

    ratchet_key: bytes
    key: bytes
    index: int = 0
    skipped: dict[int, bytes] = field(default_factory=dict)
    """The seeds of messages that did not come yet, by counter."""

    def take(self, counter: int) -> bytes:
        """Return a message's seed and forget it; raise ReusedCounterError the second time."""
        if counter < self.index:
            if counter not in self.skipped:
                raise ReusedCounterError(f"message {counter} of this chain was read before")
            return self.skipped.pop(counter)
        if counter - self.index > FURTHEST_AHEAD:
            raise DecryptError(f"message {counter} is too far ahead of {self.index}")
        for missing in range(self.index, counter):
            self.skipped[missing] = self._step()
        while len(self.skipped) > FURTHEST_AHEAD:
            del self.skipped[min(self.skipped)]
        return self._step()

    def _step(self) -> bytes:
        seed, self.key = advance(self.key)
        self.index += 1
        return seed


@dataclass
class Opening:
    """Which prekeys the peer needs to know of, repeated until its first message arrives."""

    signed_prekey_id: int
    prekey_id: int | None


@dataclass
class Ratchet:
    """The state of one session as one side sees it."""

    their_identity: bytes
    base_key: bytes
    """The initiator's one-time key, which tells this session from others with the same peer."""

    root: bytes
    own_key: KeyPair
    sending_chain: bytes
    sent: int = 0
    """Messages sent with the present sending chain."""

    previous_sent: int = 0
    """The last counter of the sending chain before."""

    receiving: list[Chain] = field(default_factory=list)
    opening: Opening | None = None

    def seal(self, own_identity: bytes, text: bytes) -> bytes:
        """Encrypt; return a `msg`."""
        seed, self.sending_chain = advance(self.sending_chain)
        keys = MessageKeys.derive(seed)
        message = SignalMessage(
            self.own_key.public,
            self.sent,
            self.previous_sent,
            cbc_encrypt(keys.cipher, keys.iv, text),
        )
        self.sent += 1
        return message.seal(keys.mac, Ends(own_identity, self.their_identity))

    def open(self, own_identity: bytes, message: ReceivedMessage) -> bytes:
        """Decrypt, or raise a DecryptError: then this state is spoiled, so open with a copy."""
        seed = self._chain_of(message.ratchet_key).take(message.counter)
        keys = MessageKeys.derive(seed)
        message.check(keys.mac, Ends(self.their_identity, own_identity))
        try:
            text = cbc_decrypt(keys.cipher, keys.iv, message.ciphertext)
        except ValueError as error:
            raise MalformedMessageError("the ciphertext is no sequence of padded blocks") from error
        self.opening = None
        return text

    def _chain_of(self, ratchet_key: bytes) -> Chain:
        for chain in self.receiving:
            if chain.ratchet_key == ratchet_key:
                return chain
        return self._turn(ratchet_key)

    def _turn(self, ratchet_key: bytes) -> Chain:
        try:
            self.root, receiving = turn_root(self.root, self.own_key.dh(ratchet_key))
        except ValueError as error:
            raise MalformedMessageError("the ratchet key is no public key") from error
        self.own_key = curve.generate()
        self.root, self.sending_chain = turn_root(self.root, self.own_key.dh(ratchet_key))
        self.previous_sent, self.sent = max(self.sent - 1, 0), 0
        self.receiving = [*self.receiving, Chain(ratchet_key, receiving)][-CHAINS_KEPT:]
        return self.receiving[-1]


@dataclass(frozen=True)
class MessageKeys:
    """The keys of a single message."""

    cipher: bytes
    mac: bytes
    iv: bytes

    @classmethod
    def derive(cls, seed: bytes) -> "MessageKeys":
        """Make them from the message's seed (32 bytes)."""
        keys = hkdf(b"", seed, b"WhisperMessageKeys", 80)
        return cls(keys[:32], keys[32:64], keys[64:])


def advance(chain: bytes) -> tuple[bytes, bytes]:
    """Return the seed of a chain's next message, and the chain after it."""
    return hmac_sha256(chain, b"\x01"), hmac_sha256(chain, b"\x02")


def turn_root(root: bytes, secret: bytes) -> tuple[bytes, bytes]:
    """Return the next root and a new chain."""
    keys = hkdf(root, secret, b"WhisperRatchet", 2 * HASH_LENGTH)
    return keys[:HASH_LENGTH], keys[HASH_LENGTH:]
