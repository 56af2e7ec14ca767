"""A message that comes with its file in one form: the file goes to the disk as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias

from actors.errors import Refusal
from media.errors import MediaRefusal
from media.intake import Taken
from web import schemas
from web.message_bodies import OutgoingMessage, outgoing_message
from web.message_refusals import InvalidForm, MediaMissing
from web.multipart import MultipartReader, PartBegins, PartEnds
from web.refusals import PayloadTooLarge

#: Bytes of the JSON: the longest text, with every character escaped.
MAX_MESSAGE = 512 * 1024
#: Pieces that wait to be written: the client is read no faster than the disk writes.
_PIECES = 2

#: Takes the file of a message in: its name in the form, and its bytes.
TakeFile: TypeAlias = Callable[[OutgoingMessage, str, AsyncIterable[bytes]], Awaitable[Taken]]


class UploadForm:
    """On the event loop. What is refused is kept until all has been read, and raised at the end."""

    def __init__(self, boundary: str, take: TakeFile) -> None:
        self._reader = MultipartReader(boundary)
        self._take = take
        self._part = ""
        self._message = bytearray()
        self._has_message = False
        self._asked: OutgoingMessage | None = None
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_PIECES)
        self._taking: asyncio.Task[Taken] | None = None
        self._refusal: Refusal | None = None

    async def feed(self, chunk: bytes) -> None:
        """Take a piece of the body; the next is to come when this one is dealt with."""
        if self._refusal is not None:
            return
        try:
            for event in self._reader.feed(chunk):
                match event:
                    case PartBegins():
                        self._begin(event)
                    case PartEnds():
                        await self._end()
                    case _:
                        await self._more(event)
        except Refusal as refusal:
            self._refusal = refusal
            self.abort()

    async def finish(self) -> tuple[OutgoingMessage, Taken | None]:
        """What is asked, and its file; None: it names another place. Raises the refusal."""
        if self._refusal is not None:
            raise self._refusal
        self._reader.finish()
        if not self._has_message:
            raise InvalidForm
        if self._asked is None or self._taking is None:
            return outgoing_message(schemas.json_object(bytes(self._message))), None
        return self._asked, await self._taking

    def abort(self) -> None:
        """Nobody waits any more: drop what was taken in. Harmless after the end."""
        if self._taking is not None:
            self._taking.cancel()
            self._taking.add_done_callback(_heard)

    def _begin(self, part: PartBegins) -> None:
        self._part = part.name
        if part.name == "message" and self._has_message:
            raise InvalidForm
        if part.name == "file":
            if self._taking is not None or not self._has_message:
                raise InvalidForm
            body = schemas.json_object(bytes(self._message))
            self._asked = outgoing_message(body, has_file=True)
            if self._asked.media is None:
                raise MediaMissing(field="file")
            taking = self._take(self._asked, part.file_name, self._chunks())
            self._taking = asyncio.ensure_future(_awaited(taking))

    async def _more(self, piece: bytes) -> None:
        if self._part == "message":
            if len(self._message) + len(piece) > MAX_MESSAGE:
                raise PayloadTooLarge
            self._message += piece
        elif self._part == "file":
            await self._hand_over(piece)

    async def _end(self) -> None:
        if self._part == "message":
            self._has_message = True
        elif self._part == "file":
            await self._hand_over(None)
        self._part = ""

    async def _hand_over(self, piece: bytes | None) -> None:
        """Unless the file is refused already: then what follows is read for nobody."""
        if self._taking is None or self._taking.done():
            return
        putting = asyncio.ensure_future(self._pieces.put(piece))
        await asyncio.wait({putting, self._taking}, return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()

    async def _chunks(self) -> AsyncIterator[bytes]:
        while (piece := await self._pieces.get()) is not None:
            yield piece


async def _awaited(taking: Awaitable[Taken]) -> Taken:
    return await taking


def _heard(taking: asyncio.Task[Taken]) -> None:
    """Nobody asks what became of it."""
    with suppress(asyncio.CancelledError, MediaRefusal, Refusal, OSError):
        taking.result()
