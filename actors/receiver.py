"""The receiver: fetches the files that messages brought, of all empresas, a few at a time.

It lives on the event loop. What is to be fetched is in the database, from the very transaction
that numbered the message: whatever cuts it off, its successor goes on from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from actors import incoming as i
from actors.actor import Place
from actors.dead_letters import tell
from actors.errors import Refusal
from actors.loop_actor import LoopActor
from actors.messages import Fail
from actors.reply import ask
from media.errors import MediaNotFound, MediaRefusal
from media.remote_file import NotReceived, RemoteFile

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.files import Files

logger = logging.getLogger("vendeai.media")

#: Files that are fetched at once, and of one empresa.
MOST_AT_ONCE = 8
EACH_AT_ONCE = 2
#: Files that are read of the database at once, and of one empresa.
PAGE = 256
EACH_PAGE = 16
#: Seconds between two looks where nobody says that there is something.
LOOK_SECONDS = 60.0
#: Seconds before anything is tried again while the database is gone.
DATABASE_SECONDS = 1.0
#: Seconds before a file is tried again; doubled each time.
FIRST_RETRY = 5.0
LONGEST_RETRY = 3600.0
#: For how long: WhatsApp itself keeps files for about so long.
PATIENCE = timedelta(days=30)

Key = tuple[int, str]


class ReceiverActor(LoopActor):
    """Told `MediaWaits`; supervised by the root."""

    def __init__(
        self, place: Place, loop: asyncio.AbstractEventLoop, directory: Directory, files: Files
    ) -> None:
        super().__init__(place, loop)
        self._directory = directory
        self._files = files
        self._waiting: dict[Key, i.DueMedia] = {}
        self._fetching: dict[Key, asyncio.Task[None]] = {}
        self._begun: set[Key] = set()
        """Those that have been fetched since the database was last looked at, or still are."""
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def started(self) -> None:
        """Begin to work."""
        self._work = self.loop.create_task(self._run())
        self._work.add_done_callback(self._over)

    def receive(self, message: Any) -> Any:
        """That there is something."""
        if not isinstance(message, i.MediaWaits):
            return super().receive(message)
        self._changed.set()
        return None

    def ended(self, error: BaseException | None) -> None:
        """Work no more."""
        del error
        self._waiting.clear()
        for task in (self._work, *self._fetching.values()):
            if task is not None:
                task.cancel()

    def _over(self, work: asyncio.Task[None]) -> None:
        if not work.cancelled() and (error := work.exception()) is not None:
            tell(self.actor_ref, Fail(f"its work failed: {error!r}"))

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                wait = await self._look()
            except Refusal:
                await asyncio.sleep(DATABASE_SECONDS)
                continue
            self._begin()
            await self._until_changed(wait)

    async def _look(self) -> float:
        """Read what is due; answers the seconds until something else may be."""
        # What ends while the database is read may still be due in what is read.
        self._begun = set(self._fetching)
        now = datetime.now(UTC)
        page: i.DuePage = await ask(self._directory.reader, i.MediaDue(now, EACH_PAGE, PAGE))
        found = {(each.empresa_id, each.id): each for each in page.media}
        self._waiting = {key: found[key] for key in found if key not in self._begun}
        if page.next_at is None:
            return LOOK_SECONDS
        return min(LOOK_SECONDS, max(0.0, (page.next_at - now).total_seconds()))

    async def _until_changed(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return

    def _begin(self) -> None:
        """Fetch as many as may be at once, of what is known to wait."""
        busy = Counter(empresa_id for empresa_id, _ in self._fetching)
        for key, media in list(self._waiting.items()):
            if len(self._fetching) >= MOST_AT_ONCE:
                return
            if busy[media.empresa_id] < EACH_AT_ONCE:
                busy[media.empresa_id] += 1
                del self._waiting[key]
                self._begun.add(key)
                task = self.loop.create_task(self._fetch(media))
                self._fetching[key] = task
                task.add_done_callback(partial(self._fetched, key))

    def _fetched(self, key: Key, _task: asyncio.Task[None]) -> None:
        del self._fetching[key]
        self._begin()
        if not self._waiting:
            self._changed.set()

    async def _fetch(self, media: i.DueMedia) -> None:
        """One attempt, and what became of it into the database."""
        try:
            step = await self._attempt(media)
        except (Refusal, MediaNotFound):
            # The server stops, the database is gone, or the empresa was erased: it was none.
            await asyncio.sleep(DATABASE_SECONDS)
            return
        await self._store(step)

    async def _attempt(self, media: i.DueMedia) -> i.MediaStep:
        """Raises MediaNotFound where nothing of the empresa may be stored any more."""
        try:
            file = RemoteFile.of(media.source)
            taken = await self._files.receive(media.empresa_id, file, media.file_name)
        except NotReceived as missed:
            return _missed(media, missed)
        except (Refusal, MediaNotFound):
            raise
        except (MediaRefusal, OSError) as error:
            logger.warning("a received file cannot be kept: %r", error, extra=_extra(media))
            reason = error.code if isinstance(error, MediaRefusal) else "disk"
            return _missed(media, NotReceived(reason, "later"))
        except Exception:
            logger.exception("a received file met a fault of ours", extra=_extra(media))
            return _missed(media, NotReceived("internal_error", "later"))
        found = {
            "mimeType": taken.kind.mime_type,
            "size": taken.size,
            "fileName": taken.file_name or None,
            "sha256": taken.digest,
        }
        now, ready = datetime.now(UTC), i.MediaState.READY
        return i.MediaStep(media.empresa_id, media.id, ready, now, found=found)

    async def _store(self, step: i.MediaStep) -> None:
        while True:
            try:
                await ask(self._directory.archive, i.ChangeMedia(step))
            except Refusal:
                await asyncio.sleep(DATABASE_SECONDS)
            else:
                return


def _missed(media: i.DueMedia, missed: NotReceived) -> i.MediaStep:
    """What follows from an attempt that brought nothing."""
    now, ids = datetime.now(UTC), (media.empresa_id, media.id)
    if missed.fate == "later" and now - media.at < PATIENCE:
        wait = min(LONGEST_RETRY, FIRST_RETRY * 2 ** min(media.attempts, 20))
        next_at = now + timedelta(seconds=wait)
        return i.MediaStep(*ids, i.MediaState.PENDING, now, missed.reason, next_at)
    state = i.MediaState.EXPIRED if missed.fate == "expired" else i.MediaState.FAILED
    logger.info("a received file is %s: %s", state, missed.reason, extra=_extra(media))
    return i.MediaStep(*ids, state, now, missed.reason)


def _extra(media: i.DueMedia) -> dict[str, object]:
    return {"empresa_id": media.empresa_id}
