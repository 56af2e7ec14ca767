"""The file that a message brings: where it is, and how it is encrypted and decrypted."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any

from simulator.phone.contents import said
from simulator.phone.errors import MediaError
from simulator.phone.primitives import cbc_decrypt, cbc_encrypt, hkdf, hmac_sha256, same
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
_CAPTIONED = ("image", "video", "document")


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


@dataclass(frozen=True)
class File:
    """A file that is to be sent as one type of message: image, video, audio, document, sticker."""

    type: str
    data: bytes
    mime_type: str
    file_name: str = ""
    caption: str = ""
    is_voice: bool = False


@dataclass(frozen=True)
class SealedFile:
    """A file as the media servers hold it, and what opens it."""

    box: bytes
    key: bytes


def seal(file: File) -> SealedFile:
    """Encrypt a file under a new key."""
    key = secrets.token_bytes(_KEY_LENGTH)
    iv, cipher_key, mac_key = _keys(_NAMES[f"{file.type}Message"], key)
    sealed = cbc_encrypt(cipher_key, iv, file.data)
    return SealedFile(sealed + hmac_sha256(mac_key, iv + sealed)[:_MAC_LENGTH], key)


def file_message(file: File, sealed: SealedFile, url: str, path: str) -> Message:
    """Return the message that brings it, as phones write it."""
    value: dict[str, Any] = {
        "URL": url,
        "directPath": path,
        "mediaKey": sealed.key,
        "mediaKeyTimestamp": int(time.time()),
        "mimetype": file.mime_type,
        "fileSHA256": hashlib.sha256(file.data).digest(),
        "fileEncSHA256": hashlib.sha256(sealed.box).digest(),
        "fileLength": len(file.data),
    }
    if file.caption and file.type in _CAPTIONED:
        value["caption"] = file.caption
    if file.is_voice:
        value["PTT"] = True
    if file.type == "document":
        value |= {"fileName": file.file_name, "title": file.file_name}
    message = Message(**{f"{file.type}Message": value})
    if file.type == "document" and file.caption:
        message = Message(documentWithCaptionMessage={"message": message})
    message.messageContextInfo.messageSecret = secrets.token_bytes(_KEY_LENGTH)
    return message


def decrypt(attachment: Attachment, box: bytes) -> bytes:
    """Return the file; raise MediaError if anything about it is not as the message says."""
    if hashlib.sha256(box).digest() != attachment.box_sha256:
        raise MediaError("media-box", "the encrypted file is not the one that was sent")
    if len(attachment.key) != _KEY_LENGTH:
        raise MediaError("media-key", "the key of a file has another length")
    iv, cipher_key, mac_key = _keys(attachment.name, attachment.key)
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


def _keys(name: str, key: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the IV, the key of the cipher, and that of the authentication code."""
    keys = hkdf(b"", key, f"WhatsApp {name} Keys".encode(), 112)
    return keys[:16], keys[16:48], keys[48:80]
