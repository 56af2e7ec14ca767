"""A file that was uploaded."""

from __future__ import annotations

from typing import Any

from whatsapp.uploads import FileFacts, Upload

#: What every message that brings it has of it.
WHERE = {
    "URL": "https://mmg.whatsapp.net/v/t62.7118-24/1?ccb=11-4",
    "directPath": "/v/t62.7118-24/1?ccb=11-4",
    "mediaKey": b"k" * 32,
    "mediaKeyTimestamp": 1_700_000_000,
    "fileEncSHA256": b"e" * 32,
    "fileSHA256": b"h" * 32,
    "fileLength": 12_345,
}


def upload(mime_type: str, **facts: Any) -> Upload:
    """With these facts about the file."""
    return Upload(
        url=str(WHERE["URL"]),
        direct_path=str(WHERE["directPath"]),
        media_key=b"k" * 32,
        file_enc_sha256=b"e" * 32,
        file_sha256=b"h" * 32,
        file_length=12_345,
        media_key_timestamp=1_700_000_000,
        file=FileFacts(mime_type, **facts),
    )
