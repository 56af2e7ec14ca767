"""The phone's side of linking by an 8-character code that the companion shows.

The code encrypts the exchange of two one-time keys; a wrong one is noticed when the companion's
key bundle can't be opened with what they agreed on.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from simulator import curve
from simulator.curve import KEY_LENGTH, KeyPair
from simulator.phone.errors import PairingError, WrongCodeError
from simulator.phone.primitives import hkdf

_CODE = re.compile("[1-9A-HJ-NP-TV-Z]{8}")
_ITERATIONS = 131072  # of PBKDF2: 2 << 16
_SALT_LENGTH = 32
_IV_LENGTH = 16
_NONCE_LENGTH = 12


@dataclass(frozen=True)
class Attempt:
    """A code that was typed, until the companion's key bundle shows whether it was right."""

    identity: KeyPair
    ephemeral: KeyPair
    companion_ephemeral: bytes
    wrapped_ephemeral: bytes
    """The phone's one-time key as it goes into `primary_hello`."""

    def finish(self, wrapped_key_bundle: bytes, companion_identity: bytes) -> bytes:
        """Return the adv secret (32 bytes) that both have now.

        Raise WrongCodeError if the bundle can't be opened, PairingError if it holds other keys
        than the two identities.
        """
        salt, rest = wrapped_key_bundle[:_SALT_LENGTH], wrapped_key_bundle[_SALT_LENGTH:]
        nonce, box = rest[:_NONCE_LENGTH], rest[_NONCE_LENGTH:]
        try:
            shared = self.ephemeral.dh(self.companion_ephemeral)
            key = hkdf(salt, shared, b"link_code_pairing_key_bundle_encryption_key", KEY_LENGTH)
            keys = AESGCM(key).decrypt(nonce, box, None)
        except (InvalidTag, ValueError) as error:
            raise WrongCodeError("the code is not the one that the device shows") from error
        random = keys.removeprefix(companion_identity + self.identity.public)
        if len(random) != KEY_LENGTH:
            raise PairingError("the companion's key bundle holds other identities")
        agreed = shared + self.identity.dh(companion_identity) + random
        return hkdf(b"", agreed, b"adv_secret", KEY_LENGTH)


def enter(identity: KeyPair, code: str, wrapped_companion_ephemeral: bytes) -> Attempt:
    """Type a code, with or without its dash, on a phone: takes about 0.1 s of computing.

    Raise PairingError if it could be no code, or the companion's wrapped key has a wrong length.
    """
    typed = code.replace("-", "").strip().upper()
    if not _CODE.fullmatch(typed):
        raise PairingError("a code has eight letters and digits")
    if len(wrapped_companion_ephemeral) != _SALT_LENGTH + _IV_LENGTH + KEY_LENGTH:
        raise PairingError("the companion's wrapped key has a wrong length")
    ephemeral = curve.generate()
    return Attempt(
        identity,
        ephemeral,
        companion_ephemeral=_unwrap(typed, wrapped_companion_ephemeral),
        wrapped_ephemeral=_wrap(typed, ephemeral.public),
    )


def _wrap(code: str, key: bytes) -> bytes:
    salt, iv = secrets.token_bytes(_SALT_LENGTH), secrets.token_bytes(_IV_LENGTH)
    return salt + iv + _stream(code, salt, iv, key)


def _unwrap(code: str, wrapped: bytes) -> bytes:
    salt, rest = wrapped[:_SALT_LENGTH], wrapped[_SALT_LENGTH:]
    return _stream(code, salt, rest[:_IV_LENGTH], rest[_IV_LENGTH:])


def _stream(code: str, salt: bytes, iv: bytes, data: bytes) -> bytes:
    key = hashlib.pbkdf2_hmac("sha256", code.encode(), salt, _ITERATIONS, KEY_LENGTH)
    encryptor = Cipher(AES(key), CTR(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()
