"""The file that a message brings: where it is, and how it is decrypted."""

import hashlib
from dataclasses import dataclass

from simulator.phone.contents import said
from simulator.phone.errors import MediaError
from simulator.phone.primitives import cbc_decrypt, hkdf, hmac_sha256, same
from simulator.phone.protobufs import Message

_KEY_LENGTH = 32
_MAC_LENGTH = 10
#: Under which name a file is encrypted, by the field that brings it.
_NAMES = {
    "imageMessage": "Image",
    "videoMessage": "Video",
    "audioMessage": "Audio",
    "documentMessage": "Document",
    "stickerMessage": "Image",
}


@dataclass(frozen=True)
class Attachment:
    """What a message says of its file."""

    name: str
    direct_path: str
    key: bytes
    box_sha256: bytes
    """Of the encrypted file."""

    sha256: bytes
    """Of the file itself."""

    size: int
    mime_type: str
    file_name: str
    caption: str


def attachment_of(message: Message) -> Attachment | None:
    """Return what a message says of its file; None if it brings none."""
    field, value = said(message)
    if field not in _NAMES:
        return None
    return Attachment(
        name=_NAMES[field],
        direct_path=value.directPath,
        key=value.mediaKey,
        box_sha256=value.fileEncSHA256,
        sha256=value.fileSHA256,
        size=value.fileLength,
        mime_type=value.mimetype,
        file_name=getattr(value, "fileName", ""),
        caption=getattr(value, "caption", ""),
    )


def decrypt(attachment: Attachment, box: bytes) -> bytes:
    """Return the file; raise MediaError if anything about it is not as the message says."""
    if hashlib.sha256(box).digest() != attachment.box_sha256:
        raise MediaError("media-box", "the encrypted file is not the one that was sent")
    if len(attachment.key) != _KEY_LENGTH:
        raise MediaError("media-key", "the key of a file has another length")
    keys = hkdf(b"", attachment.key, f"WhatsApp {attachment.name} Keys".encode(), 112)
    iv, cipher_key, mac_key = keys[:16], keys[16:48], keys[48:80]
    sealed, mac = box[:-_MAC_LENGTH], box[-_MAC_LENGTH:]
    if not same(hmac_sha256(mac_key, iv + sealed)[:_MAC_LENGTH], mac):
        raise MediaError("media-mac", "a file's authentication code is wrong")
    try:
        data = cbc_decrypt(cipher_key, iv, sealed)
    except ValueError as error:
        raise MediaError("media-padding", "a file's length or padding is wrong") from error
    if hashlib.sha256(data).digest() != attachment.sha256 or len(data) != attachment.size:
        raise MediaError("media-file", "a file is not what its message says")
    return data
