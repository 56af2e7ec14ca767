"""The files that messages brought."""

from __future__ import annotations

import asyncio
import os
import re
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import quote

from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from actors.incoming import MediaState, StoredMedia
from media.errors import MediaExpired, MediaFailed, MediaGone, MediaNotFound
from media.kinds import extension_of
from web import schemas
from web.base import BaseHandler
from web.byte_range import byte_range

_ID = re.compile(r"[0-9a-f]{32}")
#: Bytes that are read and written at once: whoever reads slowly costs no more memory.
CHUNK = 128 * 1024
#: Seconds in which whoever reads must have taken some of it.
STALLED_SECONDS = 60.0
#: Seconds after which to ask again, for one that is being fetched.
_SOON, _LATEST = 2, 60
#: What a browser may show in its place: nothing that it would run.
_SHOWN = re.compile(r"(image/(jpeg|png|gif|webp|heic|avif)|(audio|video)/.+|application/pdf)")
#: Of a name, what stands in a plain `filename`, for those that do not know the other.
_NOT_PLAIN = re.compile(r'[^\x20-\x7e]|["\\%]')


class MediaHandler(BaseHandler):
    """`GET /api/empresas/:id/media/:mediaId`."""

    async def get(self, text: str, media_id: str) -> None:
        """The bytes, or a range of them."""
        self.empresa_id = empresa = schemas.empresa_id(text)
        found = await self._found(empresa, media_id)
        if found.state is MediaState.PENDING:
            self._say_later(found)
            return
        file = await self._opened(empresa, found)
        with file:
            await self._give(file, found.media, media_id)

    async def head(self, text: str, media_id: str) -> None:
        """The same, without the bytes."""
        await self.get(text, media_id)

    async def _found(self, empresa: int, media_id: str) -> StoredMedia:
        if not _ID.fullmatch(media_id):
            await self.system.status(empresa)  # refuses an empresa that is unknown
            raise MediaNotFound
        found = await self.system.files.received(empresa, media_id)
        if found.state is MediaState.EXPIRED:
            raise MediaExpired
        if found.state is MediaState.FAILED:
            raise MediaFailed(reason=found.reason)
        return found

    async def _opened(self, empresa: int, found: StoredMedia) -> BinaryIO:
        try:
            return await self.system.files.open(empresa, found.media["sha256"])
        except MediaNotFound:
            raise MediaGone from None

    def _say_later(self, found: StoredMedia) -> None:
        wait = 0.0
        if found.next_at is not None:
            wait = (found.next_at - datetime.now(UTC)).total_seconds()
        self.set_status(202)
        self.set_header("Retry-After", str(round(min(_LATEST, max(_SOON, wait)))))
        self.reply({"media": found.media})

    async def _give(self, file: BinaryIO, media: dict[str, Any], media_id: str) -> None:
        size = os.fstat(file.fileno()).st_size
        etag = f'"{media["sha256"]}"'
        self.set_header("Etag", etag)
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("Cache-Control", "private, no-cache")
        if self.check_etag_header():
            self.set_status(304)
            return
        header = self.request.headers.get("Range")
        if self.request.headers.get("If-Range", etag) != etag:
            header = None
        asked = byte_range(header, size)
        self.set_header("Content-Type", media["mimeType"])
        self.set_header("Content-Disposition", disposition(media, media_id))
        self.set_header("Content-Length", str(len(asked or range(size))))
        if asked is not None:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {asked.start}-{asked.stop - 1}/{size}")
        if self.request.method != "HEAD":
            await self._write(file, asked or range(size))

    async def _write(self, file: BinaryIO, asked: range) -> None:
        """Piece by piece, each when the one before has gone out."""
        file.seek(asked.start)
        left = len(asked)
        while left:
            chunk = await self.system.files.read(file, min(CHUNK, left))
            if not chunk:
                raise OSError("a file in the store has become shorter")
            left -= len(chunk)
            self.write(chunk)
            if not await self._is_read():
                return

    async def _is_read(self) -> bool:
        """Whether what was written has gone out; who reads nothing for long is hung up on."""
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await self.flush()
        except (StreamClosedError, TimeoutError):
            connection = self.request.connection
            if isinstance(connection, HTTP1Connection):
                connection.stream.close()
            return False
        return True


def disposition(media: dict[str, Any], media_id: str) -> str:
    """How a browser saves it (RFC 6266), under a name without tricks."""
    name = media["fileName"] or f"arquivo-{media_id[:8]}{extension_of(media['mimeType'])}"
    way = "inline" if _SHOWN.fullmatch(media["mimeType"]) else "attachment"
    plain = _NOT_PLAIN.sub("_", name)
    return f"{way}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


ROUTES: list[tuple[str, type[BaseHandler]]] = [
    (r"/api/empresas/([^/]+)/media/([^/]+)", MediaHandler),
]
