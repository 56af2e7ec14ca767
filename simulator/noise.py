"""Noise_XX_25519_AESGCM_SHA256 as WhatsApp frames it: the responder's side, and the transport."""

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from simulator.curve import KEY_LENGTH, KeyPair

PROTOCOL = b"Noise_XX_25519_AESGCM_SHA256".ljust(32, b"\0")
#: "WA", the protocol's version 6, the dictionary's version 3: the first bytes of a client.
PROLOGUE = b"WA\x06\x03"


class NoiseError(Exception):
    """The other side did not prove what it claims, or its bytes were changed on the way."""


class Cipher:
    """AES-256-GCM in one direction, with the counter as nonce."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._counter = 0

    def encrypt(self, plaintext: bytes, associated: bytes = b"") -> bytes:
        """Return the ciphertext with its 16-byte tag."""
        return self._aead.encrypt(self._nonce(), plaintext, associated)

    def decrypt(self, ciphertext: bytes, associated: bytes = b"") -> bytes:
        """Return the plaintext; raise NoiseError if the tag does not fit."""
        try:
            return self._aead.decrypt(self._nonce(), ciphertext, associated)
        except (InvalidTag, ValueError) as error:
            raise NoiseError("a ciphertext that does not open") from error

    def _nonce(self) -> bytes:
        nonce = self._counter.to_bytes(12)
        self._counter += 1
        return nonce


@dataclass(frozen=True)
class Transport:
    """The two ciphers that a finished handshake leaves, seen from one side."""

    sending: Cipher
    receiving: Cipher


class SymmetricState:
    """The running hash and key of a handshake, which both sides compute alike."""

    def __init__(self) -> None:
        self._hash = self._chain = PROTOCOL
        self._cipher = Cipher(PROTOCOL)
        self.mix_hash(PROLOGUE)

    def mix_hash(self, data: bytes) -> None:
        """Take what both sides saw into the hash."""
        self._hash = hashlib.sha256(self._hash + data).digest()

    def mix_key(self, secret: bytes) -> None:
        """Take a shared secret into the key."""
        self._chain, key = self._derive(secret)
        self._cipher = Cipher(key)

    def encrypt(self, plaintext: bytes) -> bytes:
        """Encrypt a part of a handshake message, bound to all that came before."""
        ciphertext = self._cipher.encrypt(plaintext, self._hash)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Open a part of a handshake message; raise NoiseError if it is not genuine."""
        plaintext = self._cipher.decrypt(ciphertext, self._hash)
        self.mix_hash(ciphertext)
        return plaintext

    def split(self) -> tuple[Cipher, Cipher]:
        """Return the ciphers client to server and server to client."""
        to_server, to_client = self._derive(b"")
        return Cipher(to_server), Cipher(to_client)

    def _derive(self, secret: bytes) -> tuple[bytes, bytes]:
        keys = HKDF(SHA256(), 64, salt=self._chain, info=b"").derive(secret)
        return keys[:32], keys[32:]


@dataclass(frozen=True)
class ServerHello:
    """The responder's message, in the parts that the protobuf carries."""

    ephemeral: bytes
    static: bytes
    payload: bytes


class Responder:
    """One handshake of the server. Each call is made once, in this order."""

    def __init__(self, static: KeyPair, certificates: bytes) -> None:
        self._state = SymmetricState()
        self._static = static
        self._certificates = certificates
        self._ephemeral = KeyPair.generate()

    def answer(self, client_ephemeral: bytes) -> ServerHello:
        """Take the client's hello and return ours; raise NoiseError for a useless key."""
        self._state.mix_hash(client_ephemeral)
        self._state.mix_hash(self._ephemeral.public)
        self._state.mix_key(_agree(self._ephemeral, client_ephemeral))
        static = self._state.encrypt(self._static.public)
        self._state.mix_key(_agree(self._static, client_ephemeral))
        return ServerHello(self._ephemeral.public, static, self._state.encrypt(self._certificates))

    def finish(self, static: bytes, payload: bytes) -> tuple[bytes, bytes, Transport]:
        """Take the client's last message: its static key, its payload, and the transport.

        Raise NoiseError if the client does not hold the key it shows.
        """
        client_static = self._state.decrypt(static)
        self._state.mix_key(_agree(self._ephemeral, client_static))
        opened = self._state.decrypt(payload)
        to_server, to_client = self._state.split()
        return client_static, opened, Transport(sending=to_client, receiving=to_server)


def _agree(own: KeyPair, theirs: bytes) -> bytes:
    if len(theirs) != KEY_LENGTH:
        raise NoiseError("a key of the wrong length")
    try:
        return own.dh(theirs)
    except ValueError as error:
        raise NoiseError("a key that gives no shared secret") from error
