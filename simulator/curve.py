"""Curve25519 as WhatsApp uses it: key agreement, and signatures with the same keys (XEdDSA).

Keys are bare 32 bytes; Signal's ``05`` prefix is added where a message needs it. The work is
done by libxeddsa in C: a key agreement or a new key takes about 30 µs, a signature about 200 µs,
a check about 60 µs.
"""

import secrets
from dataclasses import dataclass
from functools import cached_property

import xeddsa

KEY_LENGTH = 32
SIGNATURE_LENGTH = 64

_SIGN_BIT = 0x80


@dataclass(frozen=True)
class KeyPair:
    """A private key (32 bytes, clamped) and its public key (32 bytes)."""

    private: bytes
    public: bytes

    @classmethod
    def generate(cls) -> "KeyPair":
        """Make a new random pair."""
        scalar = bytearray(secrets.token_bytes(KEY_LENGTH))
        scalar[0] &= 248
        scalar[31] = scalar[31] & 127 | 64
        return cls.from_private(bytes(scalar))

    @classmethod
    def from_private(cls, private: bytes) -> "KeyPair":
        """Return the pair of this private key; a wrong length is a ValueError."""
        return cls(private, bytes(xeddsa.priv_to_curve25519_pub(private)))

    def dh(self, their_public: bytes) -> bytes:
        """Return the shared secret (32 bytes) with the owner of a public key, as `dh` does."""
        return dh(self.private, their_public)

    def sign(self, message: bytes) -> bytes:
        """Return the XEdDSA signature (64 bytes) of a message; each call gives another one."""
        return bytes(xeddsa.ed25519_priv_sign(self._signing_private, message))

    @cached_property
    def _signing_private(self) -> bytes:
        # XEdDSA signs with the key whose Edwards sign is 0; finding it costs half a signature.
        return bytes(xeddsa.priv_force_sign(self.private, False))

    def __repr__(self) -> str:
        return f"KeyPair(public={self.public.hex()})"


def generate() -> KeyPair:
    """Make a new random pair."""
    return KeyPair.generate()


def dh(private: bytes, public: bytes) -> bytes:
    """Return the X25519 shared secret (32 bytes).

    A key of another length, or a public key of small order, is a ValueError.
    """
    try:
        return bytes(xeddsa.x25519(private, public))
    except xeddsa.XEdDSAException as error:
        raise ValueError("this public key gives no shared secret") from error


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether this is the message's XEdDSA signature by the public key's owner."""
    if len(public) != KEY_LENGTH or len(signature) != SIGNATURE_LENGTH:
        return False
    sign = bool(signature[-1] & _SIGN_BIT)
    bare = signature[:-1] + bytes([signature[-1] & ~_SIGN_BIT])
    edwards = xeddsa.curve25519_pub_to_ed25519_pub(public, sign)
    return bool(xeddsa.ed25519_verify(bare, edwards, message))
