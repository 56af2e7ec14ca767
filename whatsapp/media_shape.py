"""The `media` of a message (docs/api.md), as its sender describes it: nothing is fetched here."""

from __future__ import annotations

from typing import Any

from whatsapp.event_shape import text_of

#: The types of message that have it.
MEDIA_TYPES = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
_SHA256_BYTES = 32
_KEY_BYTES = 32
#: Characters of a path; WhatsApp's have some 200.
_MOST_PATH = 2000


def describe_media(value: Any, media_id: str) -> dict[str, Any]:
    """Of an `ImageMessage` or any other that holds media; `pending` until it is fetched.

    Its sender's word, all of it: that type, size and hash are true shows when it is fetched.
    `failed`: it does not say enough for that.
    """
    sha256 = value.fileSHA256
    return {
        "id": media_id,
        "state": "pending" if _is_enough(value) else "failed",
        "mimeType": text_of(value.mimetype),
        "size": _number(value, "fileLength"),
        "fileName": text_of(getattr(value, "fileName", "") or getattr(value, "title", "")),
        "sha256": sha256.hex() if len(sha256) == _SHA256_BYTES else None,
        "seconds": _number(value, "seconds"),
        "width": _number(value, "width"),
        "height": _number(value, "height"),
    }


def media_source(value: Any, message_type: str) -> dict[str, Any] | None:
    """Where the file of such a message is, and its key (the port's `Journalled.source`).

    Not its `URL`: a stranger wrote that, and it may lead anywhere.
    """
    if not _is_enough(value):
        return None
    return {
        "type": message_type,
        "path": value.directPath,
        "key": value.mediaKey.hex(),
        "encryptedSha256": _hash(value.fileEncSHA256),
        "sha256": _hash(value.fileSHA256),
        "size": value.fileLength,
    }


def _is_enough(value: Any) -> bool:
    """The path of some kinds is none of UTF-8, which protobuf then gives as bytes."""
    path = value.directPath
    is_path = isinstance(path, str) and 1 < len(path) <= _MOST_PATH and path.startswith("/")
    return is_path and path.isascii() and path.isprintable() and len(value.mediaKey) == _KEY_BYTES


def _hash(value: bytes) -> str:
    return value.hex() if len(value) == _SHA256_BYTES else ""


def _number(value: Any, name: str) -> int | None:
    """Kinds differ in the fields that they have, and senders in those that they fill in."""
    number: int = getattr(value, name, 0)
    return number or None
