"""The `media` of a message (docs/api.md), as its sender describes it: nothing is fetched here."""

from __future__ import annotations

from typing import Any

from whatsapp.event_shape import text_of

#: The types of message that have it.
MEDIA_TYPES = frozenset({"image", "video", "audio", "voice", "document", "sticker"})
_SHA256_BYTES = 32


def describe_media(value: Any, media_id: str) -> dict[str, Any]:
    """Of an `ImageMessage` or any other that holds media; `pending` until it is fetched.

    Its sender's word, all of it: that type, size and hash are true shows when it is fetched.
    """
    sha256 = value.fileSHA256
    return {
        "id": media_id,
        "state": "pending",
        "mimeType": text_of(value.mimetype),
        "size": _number(value, "fileLength"),
        "fileName": text_of(getattr(value, "fileName", "") or getattr(value, "title", "")),
        "sha256": sha256.hex() if len(sha256) == _SHA256_BYTES else None,
        "seconds": _number(value, "seconds"),
        "width": _number(value, "width"),
        "height": _number(value, "height"),
    }


def _number(value: Any, name: str) -> int | None:
    """Kinds differ in the fields that they have, and senders in those that they fill in."""
    number: int = getattr(value, name, 0)
    return number or None
