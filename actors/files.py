"""The files that messages bring: taken in, kept while they are needed, and handed to clients."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, TypeVarTuple

from actors.errors import Refusal, Unavailable
from actors.incoming import MediaOf, StoredMedia
from actors.messages import StoredEmpresas
from actors.outgoing import FilesNeeded
from actors.reply import ask
from actors.turns import Turns
from media.accepted import MESSAGE_TYPES
from media.errors import MediaNotFound
from media.fetching import Fetcher
from media.intake import Intake, Taken
from media.receiving import Receiving
from media.threads import on_thread
from media.whatsapp_site import WhatsappSite

if TYPE_CHECKING:
    from actors.directory import Directory
    from media.policy import Policy
    from media.remote_file import RemoteFile
    from media.store import MediaStore

logger = logging.getLogger("vendeai.media")

#: Seconds between two looks at what is too old.
ROUND_SECONDS = 3600.0
#: Threads that read what is served. A disk that hangs takes them, and nobody else's.
_READERS = 4

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Files:
    """On the event loop, `path` and `erase` aside.

    What is refused is a `MediaRefusal`; once it stops, `Unavailable`.

    `message_type`: a key of `MESSAGE_TYPES`.
    """

    def __init__(
        self,
        store: MediaStore,
        policy: Policy,
        directory: Directory,
        site: WhatsappSite | None = None,
    ) -> None:
        self.turns = Turns()
        """Of the clients, with what they send."""
        self._store = store
        self._directory = directory
        self._fetcher = Fetcher(policy)
        self._intake = Intake(store, self._fetcher)
        self._site = site or WhatsappSite()
        self._receiving = Receiving(store, self._site)
        self._readers = ThreadPoolExecutor(_READERS, "media-reader")
        self._keeper = ThreadPoolExecutor(1, "media-keeper")
        self._rounds: asyncio.Task[None] | None = None
        self._takings: set[asyncio.Task[Taken]] = set()
        self._is_stopped = False

    def start(self) -> None:
        """Begin to remove what is too old."""
        self._rounds = asyncio.get_running_loop().create_task(self._go_round())

    def close(self) -> None:
        """Take in nothing more, and let go of the store. Blocks until nobody is at it."""
        self._fetcher.close()
        self._intake.close()
        self._site.close()
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._keeper.shutdown(wait=True, cancel_futures=True)
        self._store.close()

    async def stop(self) -> None:
        """Take in nothing more, also of what is on its way; `close` follows."""
        self._is_stopped = True
        tasks = {*self._takings, *([self._rounds] if self._rounds else [])}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def fetch(self, empresa_id: int, message_type: str, url: str) -> Taken:
        """Take in what a URL leads to."""
        await self._make_room(empresa_id, MESSAGE_TYPES[message_type].limit)
        return await self._taken(self._intake.fetch(empresa_id, message_type, url))

    async def take(
        self,
        empresa_id: int,
        message_type: str,
        file_name: str,
        chunks: AsyncIterable[bytes],
    ) -> Taken:
        """Take in what somebody brings; the next chunk is asked for when the last is written."""
        await self._make_room(empresa_id, MESSAGE_TYPES[message_type].limit)
        return await self._taken(self._intake.take(empresa_id, message_type, file_name, chunks))

    async def receive(self, empresa_id: int, file: RemoteFile, file_name: str) -> Taken:
        """Take in what a message brought. Raises NotReceived, too."""

        async def make_room(size: int) -> None:
            await self._make_room(empresa_id, size)

        return await self._taken(self._receiving.receive(empresa_id, file, file_name, make_room))

    async def received(self, empresa_id: int, media_id: str) -> StoredMedia:
        """How a received file stands. Refused: `EmpresaNotFound`, `MediaNotFound`."""
        found: StoredMedia | None
        found = await ask(self._directory.reader, MediaOf(empresa_id, media_id))
        if found is None:
            raise MediaNotFound
        return found

    async def open(self, empresa_id: int, digest: str) -> BinaryIO:
        """A file, to be read by `read` alone, and closed. Refused: `MediaNotFound`."""
        return await self._read(self._store.open, empresa_id, digest)

    async def read(self, file: BinaryIO, size: int) -> bytes:
        """The next bytes, at most so many."""
        return await self._read(file.read, size)

    async def _read(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        try:
            return await on_thread(self._readers, function, *arguments)
        except RuntimeError:  # the server stops
            raise Unavailable from None

    def path(self, empresa_id: int, digest: str) -> str:
        """Where a client finds the file, if it is still there. On any thread; does not block."""
        return str(self._store.path(empresa_id, digest))

    def erase(self, empresa_id: int) -> None:
        """Remove all of an empresa's. On any thread; blocks. Raises OSError: ask again."""
        self._store.erase(empresa_id)

    async def _taken(self, taking: Coroutine[Any, Any, Taken]) -> Taken:
        """Whoever asks may give up, and so may the server: nobody writes into a closed store."""
        task = asyncio.get_running_loop().create_task(taking)
        if self._is_stopped:
            task.cancel()
        self._takings.add(task)
        task.add_done_callback(self._takings.discard)
        try:
            return await task
        except asyncio.CancelledError:
            if self._is_stopped:
                raise Unavailable from None
            raise

    async def _make_room(self, empresa_id: int, size: int) -> None:
        budget = self._store.limits.budget
        if budget and await on_thread(self._keeper, self._store.used, empresa_id) + size > budget:
            await self._trim(empresa_id, size)

    async def _trim(self, empresa_id: int, room: int = 0) -> None:
        needed: frozenset[str] = await ask(self._directory.reader, FilesNeeded(empresa_id))
        await on_thread(self._keeper, self._store.trim, empresa_id, needed, time.time(), room)

    async def _go_round(self) -> None:
        while True:
            try:
                await self._look_at_all()
            except Refusal:
                logger.warning("old files are looked for later: the database is gone for a while")
            except OSError:
                logger.exception("old files cannot be looked for")
            await asyncio.sleep(ROUND_SECONDS)

    async def _look_at_all(self) -> None:
        # The folders first: each is of an empresa that was stored before it.
        folders = await on_thread(self._keeper, self._store.empresas)
        stored = await ask(self._directory.reader, StoredEmpresas())
        known = {each.empresa_id for each in stored}
        for empresa_id in folders:
            try:
                if empresa_id in known:
                    await self._trim(empresa_id)
                else:  # a file that was on its way while the empresa was erased
                    await on_thread(self._keeper, self._store.erase, empresa_id)
            except OSError:
                logger.exception("files cannot be removed", extra={"empresa_id": empresa_id})


def content_of(taken: Taken) -> dict[str, Any]:
    """What a message's content says of its file, under `file`."""
    return {
        "sha256": taken.digest,
        "size": taken.size,
        "mimeType": taken.kind.mime_type,
        "fileName": taken.file_name or None,
        "isAnimated": taken.kind.is_animated,
    }
