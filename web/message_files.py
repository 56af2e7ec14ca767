"""The file of a message that somebody asks to send: on its way into the store."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING, Any

from actors.files import content_of
from media.file_names import clean_name
from web.message_media import Media, media_type

if TYPE_CHECKING:
    from actors.system import System
    from media.intake import Taken
    from web.message_bodies import OutgoingMessage

_PIECE = 256 * 1024


async def fetched(system: System, empresa_id: int, asked: OutgoingMessage, media: Media) -> Taken:
    """What the JSON names, or holds. Raises `MediaRefusal`, and `EmpresaNotFound`."""
    if media.url is None:
        return await taken(system, empresa_id, asked, "", _pieces(media.data or b""))
    await system.status(empresa_id)  # nothing is stored for one that is not known
    return await system.files.fetch(empresa_id, media_type(asked.content), media.url)


async def taken(
    system: System,
    empresa_id: int,
    asked: OutgoingMessage,
    file_name: str,
    chunks: AsyncIterable[bytes],
) -> Taken:
    """What comes beside the JSON, under this name. Raises as `fetched`."""
    await system.status(empresa_id)
    return await system.files.take(empresa_id, media_type(asked.content), file_name, chunks)


def with_file(asked: OutgoingMessage, file: Taken | None) -> dict[str, Any]:
    """The content of the message, with its file as its sender calls it."""
    if file is None:
        return asked.content
    given = asked.media.file_name if asked.media else None
    name = clean_name(given or "") or file.file_name
    if not name and asked.content["type"] == "document":
        name = f"documento{file.kind.extension}"
    return {**asked.content, "file": {**content_of(file), "fileName": name or None}}


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), _PIECE):
        yield data[at : at + _PIECE]
