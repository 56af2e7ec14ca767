"""A file's way into the store: from a URL or from whoever brings it, checked for its message."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from media.accepted import MESSAGE_TYPES, accept
from media.fetching import Fetcher
from media.file_names import clean_name
from media.kinds import OPUS, Kind
from media.store import MediaStore
from media.threads import on_thread
from media.voice import to_voice
from media.writer import HEAD_BYTES, Stored, Writer

#: Threads that write. A disk that hangs takes them, and nobody else's.
_THREADS = 4
#: Sounds that are made voice notes at once; others wait.
_CONVERSIONS = 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that is in the store and may go as the message that it was brought for."""

    digest: str
    """SHA-256, in hex: the id of the file."""
    size: int
    """Bytes."""
    kind: Kind
    file_name: str
    """As it is to be shown; "" if nobody said."""


class Intake:
    """On the event loop. What is refused, fails or is cancelled leaves nothing in the store.

    `message_type`: a key of MESSAGE_TYPES. All raise MediaRefusal and OSError.
    """

    def __init__(self, store: MediaStore, fetcher: Fetcher) -> None:
        self._store = store
        self._fetcher = fetcher
        self._threads = ThreadPoolExecutor(_THREADS, "media-intake")
        self._conversions = ThreadPoolExecutor(_CONVERSIONS, "media-voice")

    def close(self) -> None:
        """Take no more."""
        for threads in (self._threads, self._conversions):
            threads.shutdown(wait=False, cancel_futures=True)

    async def fetch(self, empresa_id: int, message_type: str, url: str) -> Taken:
        """Take what a URL leads to."""
        limit = MESSAGE_TYPES[message_type].limit
        writer = self._store.writer(empresa_id, limit)
        try:
            write = _checking(writer, message_type)
            name = await self._fetcher.fetch(url, write, limit)
            return await self._finished(empresa_id, writer, message_type, name)
        finally:
            await on_thread(self._threads, writer.abort)

    async def take(
        self,
        empresa_id: int,
        message_type: str,
        file_name: str,
        chunks: AsyncIterable[bytes],
    ) -> Taken:
        """Take what somebody brings; the next chunk is asked for when the last is written."""
        writer = self._store.writer(empresa_id, MESSAGE_TYPES[message_type].limit)
        try:
            write = _checking(writer, message_type)
            async for chunk in chunks:
                await on_thread(self._threads, write, chunk)
            return await self._finished(empresa_id, writer, message_type, clean_name(file_name))
        finally:
            await on_thread(self._threads, writer.abort)

    async def _finished(
        self, empresa_id: int, writer: Writer, message_type: str, file_name: str
    ) -> Taken:
        kind = accept(message_type, writer.head, writer.size, file_name)
        if message_type == "voice" and kind != OPUS:
            voice = self._store.writer(empresa_id, writer.limit)
            stored = await on_thread(self._conversions, _convert, writer, kind, voice)
            return Taken(stored.digest, stored.size, OPUS, file_name)
        stored = await on_thread(self._threads, writer.finish)
        return Taken(stored.digest, stored.size, kind, file_name)


def _convert(writer: Writer, kind: Kind, voice: Writer) -> Stored:
    """The voice note of what was written, in the store."""
    with voice, writer.reading() as source:
        voice.write(to_voice(source, kind, voice.limit))
        return voice.finish()


def _checking(writer: Writer, message_type: str) -> Callable[[bytes], None]:
    """Refuses a file of a wrong kind by its head, before all of it has come."""
    is_checked = False

    def write(chunk: bytes) -> None:
        nonlocal is_checked
        writer.write(chunk)
        if not is_checked and writer.size >= HEAD_BYTES:
            accept(message_type, writer.head, writer.size)
            is_checked = True

    return write
