"""The file of a message that is to be sent: read from the server's store, for the library."""

from __future__ import annotations

import os
import stat
from typing import Any

from whatsapp.picture_facts import PictureFacts, picture_facts
from whatsapp.unsendable import FileGone
from whatsapp.uploads import FileFacts

#: The store is the server's own; a link or a pipe in it is none of its files.
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_file(path: str) -> bytes:
    """All of it. Raises FileGone, OSError."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError as error:
        raise FileGone(path) from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise FileGone(path)
        return file.read()


def facts_of(content: dict[str, Any], data: bytes) -> FileFacts:
    """What the server has found out, as it stands in the content's `file`; and what can be seen."""
    file, kind = content["file"], content["type"]
    seen = PictureFacts()
    if kind in ("image", "sticker"):
        seen = picture_facts(data, with_thumbnail=kind == "image")
    return FileFacts(
        mime_type=file["mimeType"],
        file_name=file["fileName"],
        is_animated=file["isAnimated"],
        width=seen.width,
        height=seen.height,
        thumbnail=seen.thumbnail,
    )
