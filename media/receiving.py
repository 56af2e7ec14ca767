"""The way of a received file into the store: fetched, decrypted as it comes, and looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from media import kinds
from media.decryption import Decryption
from media.errors import MediaEmpty, MediaTooLarge
from media.file_names import clean_name
from media.intake import Taken
from media.kinds import Kind
from media.remote_file import NotReceived, RemoteFile
from media.store import MediaStore
from media.threads import on_thread
from media.whatsapp_site import MOST_BYTES, WhatsappSite
from media.writer import Writer

_SOUNDS = frozenset({"audio", "voice"})


class Receiving:
    """On the event loop. What fails or is cancelled leaves nothing in the store."""

    def __init__(self, store: MediaStore, site: WhatsappSite) -> None:
        self._store = store
        self._site = site

    async def receive(
        self,
        empresa_id: int,
        file: RemoteFile,
        file_name: str,
        make_room: Callable[[int], Awaitable[object]],
    ) -> Taken:
        """`make_room` is called with the bytes that come; `file_name`: as the sender called it.

        Raises NotReceived, MediaRefusal (of the store) and OSError.
        """
        if file.size > min(MOST_BYTES, self._store.limits.budget or MOST_BYTES):
            raise NotReceived("too_large", "failed")
        writer = self._store.writer(empresa_id, file.size or MOST_BYTES)
        decryption = Decryption(file)
        try:
            async with self._site.asked(file) as box:
                await make_room(box.size)
                await box.take(lambda chunk: _write(writer, decryption.feed(chunk)))
            return await on_thread(self._site.threads, _finish, writer, decryption, file, file_name)
        finally:
            await on_thread(self._site.threads, writer.abort)


def _write(writer: Writer, plain: bytes) -> None:
    if plain:
        writer.write(plain)


def _finish(writer: Writer, decryption: Decryption, file: RemoteFile, file_name: str) -> Taken:
    try:
        _write(writer, decryption.finish())
        if file.size and writer.size != file.size:
            raise NotReceived("damaged", "failed")
        stored = writer.finish()
    except MediaTooLarge:
        raise NotReceived("damaged", "failed") from None
    except MediaEmpty:
        raise NotReceived("empty", "failed") from None
    name = clean_name(file_name)
    return Taken(stored.digest, stored.size, _kind(file, writer.head, name), name)


def _kind(file: RemoteFile, head: bytes, file_name: str) -> Kind:
    """What it is, by its bytes; many recorders call an MP4 that holds sound alone as any."""
    kind = kinds.named(kinds.detect(head), file_name)
    return kinds.M4A if kind == kinds.MP4 and file.message_type in _SOUNDS else kind
