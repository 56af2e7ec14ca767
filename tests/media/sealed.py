"""Files as WhatsApp's media servers hold them."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from media.remote_file import RemoteFile

KEY = bytes(range(32))
PATH = "/v/t62.7119-24/12_n.enc?ccb=11-4&oh=01_Q5"
NAMES = {"image": "Image", "sticker": "Image", "video": "Video", "document": "Document"}


@dataclass(frozen=True)
class Sealed:
    """A file's message, and the bytes that are to be had for it."""

    source: dict[str, Any]
    box: bytes

    @property
    def file(self) -> RemoteFile:
        return RemoteFile.of(self.source)


def seal(
    data: bytes, message_type: str = "document", path: str = PATH, pad: bytes | None = None
) -> Sealed:
    """`pad`: given, the padding in place of the right one."""
    info = f"WhatsApp {NAMES.get(message_type, 'Audio')} Keys".encode()
    keys = HKDF(SHA256(), 112, bytes(32), info).derive(KEY)
    iv, cipher_key, mac_key = keys[:16], keys[16:48], keys[48:80]
    padder, encryptor = padding.PKCS7(128).padder(), Cipher(AES(cipher_key), CBC(iv)).encryptor()
    padded = padder.update(data) + padder.finalize() if pad is None else data + pad
    sealed = encryptor.update(padded) + encryptor.finalize()
    box = sealed + hmac.digest(mac_key, iv + sealed, "sha256")[:10]
    source = {
        "type": message_type,
        "path": path,
        "key": KEY.hex(),
        "encryptedSha256": hashlib.sha256(box).hexdigest(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
    }
    return Sealed(source, box)
