"""Undoing WhatsApp's encryption of a file as it comes, so that no file is ever held as a whole.

HKDF-SHA256 makes of the message's key an IV, a key for AES-256-CBC with PKCS7, and one for an
HMAC-SHA256 over IV and ciphertext, whose first ten bytes come last (whatsmeow, `download.go`).
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from media.remote_file import NotReceived, RemoteFile

BLOCK_BYTES = 16
MAC_BYTES = 10
_KEYS_BYTES = 112
#: What cannot be decrypted before it is known whether it is the end.
_HELD_BYTES = BLOCK_BYTES + MAC_BYTES


def encrypted_size(size: int) -> int:
    """Bytes of a file of this size, once it is encrypted."""
    return (size // BLOCK_BYTES + 1) * BLOCK_BYTES + MAC_BYTES


class Decryption:
    """Of one file; for one thread at a time."""

    def __init__(self, file: RemoteFile) -> None:
        keys = _expanded(file.key, f"WhatsApp {file.kind.capitalize()} Keys".encode())
        iv, cipher_key, mac_key = keys[:16], keys[16:48], keys[48:80]
        self._file = file
        self._decryptor = Cipher(AES(cipher_key), CBC(iv)).decryptor()
        self._mac = hmac.new(mac_key, iv, "sha256")
        self._encrypted, self._plain = hashlib.sha256(), hashlib.sha256()
        self._held = b""

    def feed(self, chunk: bytes) -> bytes:
        """What of the file is known with this; nobody has vouched for it before `finish`."""
        self._encrypted.update(chunk)
        held = self._held + chunk
        known = max(0, len(held) - _HELD_BYTES) // BLOCK_BYTES * BLOCK_BYTES
        self._held = held[known:]
        return self._opened(held[:known])

    def finish(self) -> bytes:
        """The last of it. Raises NotReceived if anything is not as the message says."""
        sealed, mac = self._held[:-MAC_BYTES], self._held[-MAC_BYTES:]
        if len(sealed) % BLOCK_BYTES or not sealed:
            raise NotReceived("damaged", "failed")
        padded = self._decrypted(sealed)
        is_genuine = hmac.compare_digest(self._mac.digest()[:MAC_BYTES], mac)
        if not is_genuine or not _is_padded(padded):
            raise NotReceived("damaged", "failed")
        last = padded[: -padded[-1]]
        self._plain.update(last)
        announced = (self._file.encrypted_sha256, self._file.sha256)
        for found, expected in zip((self._encrypted, self._plain), announced, strict=True):
            if expected and found.digest() != expected:
                raise NotReceived("damaged", "failed")
        return last

    def _opened(self, sealed: bytes) -> bytes:
        plain = self._decrypted(sealed)
        self._plain.update(plain)
        return plain

    def _decrypted(self, sealed: bytes) -> bytes:
        self._mac.update(sealed)
        return self._decryptor.update(sealed)


def _expanded(key: bytes, info: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869) without a salt."""
    secret = hmac.digest(bytes(32), key, "sha256")
    block, expanded = b"", b""
    while len(expanded) < _KEYS_BYTES:
        number = len(expanded) // 32 + 1
        block = hmac.digest(secret, block + info + bytes([number]), "sha256")
        expanded += block
    return expanded[:_KEYS_BYTES]


def _is_padded(block: bytes) -> bool:
    count = block[-1]
    return 1 <= count <= BLOCK_BYTES and block.endswith(bytes([count]) * count)
