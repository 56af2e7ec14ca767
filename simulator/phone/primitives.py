"""The symmetric primitives that Signal and WhatsApp build on."""

import hmac

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HASH_LENGTH = 32


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """Return the HMAC-SHA256 (32 bytes)."""
    return hmac.digest(key, data, "sha256")


def same(left: bytes, right: bytes) -> bool:
    """Tell whether two codes are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(left, right)


def hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """Return `length` bytes of HKDF-SHA256; an empty salt equals 32 zero bytes."""
    return HKDF(SHA256(), length, salt or bytes(HASH_LENGTH), info).derive(secret)


def cbc_encrypt(key: bytes, iv: bytes, text: bytes) -> bytes:
    """Return the text under AES-256-CBC with PKCS7 padding."""
    padder = padding.PKCS7(AES.block_size).padder()
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()
    return encryptor.update(padder.update(text) + padder.finalize()) + encryptor.finalize()


def cbc_decrypt(key: bytes, iv: bytes, box: bytes) -> bytes:
    """Undo `cbc_encrypt`; a wrong length or padding is a ValueError."""
    decryptor = Cipher(AES(key), CBC(iv)).decryptor()
    padded = decryptor.update(box) + decryptor.finalize()
    unpadder = padding.PKCS7(AES.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
