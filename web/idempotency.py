"""Asking for the same message twice: the caller's key, and whether the second body is the first."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from web.bulk_bodies import BulkJob
from web.message_bodies import OutgoingMessage
from web.message_media import Media
from web.message_refusals import InvalidIdempotencyKey

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def idempotency_key(header: str | None) -> str | None:
    """The key in `Idempotency-Key`, or None. Refused: `InvalidIdempotencyKey`."""
    if header is not None and not _KEY.fullmatch(header):
        raise InvalidIdempotencyKey
    return header


def digest(message: OutgoingMessage, file_sha256: str | None = None) -> str:
    """The same for two bodies that ask for the same, whatever their spelling: hex SHA-256.

    `file_sha256`, in hex, is of the file that came beside the JSON. A file has the same digest
    in base64; a URL has its own, as what is there may change.
    """
    same = {
        "to": message.to.shape() if message.to else None,
        "content": message.content,
        "media": _media(message.media, file_sha256),
        "expiresIn": message.expires_in,
        "typing": message.typing,
    }
    return _hash(same)


def bulk_digest(job: BulkJob) -> str:
    """As `digest`, of a job; no message has the same."""
    return _hash(
        {
            "bulk": job.name,
            "content": job.message.content,
            "media": _media(job.message.media, None),
            "deadline": job.deadline and job.deadline.isoformat(),
            "to": [[each.to.shape(), each.text] for each in job.to],
        }
    )


def _hash(same: dict[str, Any]) -> str:
    canonical = json.dumps(same, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _media(media: Media | None, file_sha256: str | None) -> dict[str, str | None] | None:
    if media is None:
        return None
    if media.data is not None:
        file_sha256 = hashlib.sha256(media.data).hexdigest()
    return {
        "url": media.url,
        "sha256": file_sha256,
        "fileName": media.file_name,
        "mimeType": media.mime_type,
    }
