"""Profile pictures: WhatsApp says where one is, we fetch it, and keep it for a while."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from actors.errors import (
    DeadlineExceeded,
    EmpresaNotConnected,
    PictureUnreachable,
    Unavailable,
)
from media.errors import MediaRefusal
from media.kinds import GIF, JPEG, PNG, WEBP, detect
from media.writer import HEAD_BYTES

if TYPE_CHECKING:
    from actors.files import Files

logger = logging.getLogger("vendeai.media")

#: Bytes of a picture: WhatsApp's own are 640 pixels wide, some tens of KiB.
MOST_BYTES = 1024 * 1024
#: Bytes of all pictures that are kept.
KEPT_BYTES = 32 * 1024 * 1024
#: What one costs that is not there.
_ENTRY_BYTES = 1024
#: Seconds for which a picture is taken for the present one, and one that is not there for missing.
FRESH_SECONDS = 3600.0
NONE_SECONDS = 600.0
#: Seconds for which somebody waits: an empresa's are asked for one after the other.
PATIENCE_SECONDS = 30.0

#: What browsers show, and nothing that could run in one.
_SHOWN = frozenset({GIF, JPEG, PNG, WEBP})

#: Empresa, own number, chat.
Key: TypeAlias = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Picture:
    """As WhatsApp has it."""

    data: bytes
    mime_type: str


@dataclass(frozen=True, slots=True)
class _Kept:
    picture: Picture | None
    at: float

    @property
    def size(self) -> int:
        return _ENTRY_BYTES + (len(self.picture.data) if self.picture else 0)

    def is_fresh(self, now: float) -> bool:
        return now - self.at < (FRESH_SECONDS if self.picture else NONE_SECONDS)


class Pictures:
    """On the event loop. `find_url`: asks WhatsApp where the picture of an empresa's chat is."""

    def __init__(
        self,
        find_url: Callable[[int, str], Awaitable[str | None]],
        files: Files,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find_url = find_url
        self._files = files
        self._now = now
        self._kept: dict[Key, _Kept] = {}
        """The one that was fetched first is first to go."""
        self._size = 0
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def get(self, empresa_id: int, number: str, chat: str) -> Picture | None:
        """That of a chat of an own number's; None: there is none that we may see.

        One that is old is better than none, while nobody can be asked. Refused:
        `EmpresaNotConnected`, `PictureUnreachable`, and what `find_url` is.
        """
        key, turn = (empresa_id, number, chat), self._turns[empresa_id]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), turn:
                kept = self._kept.get(key)
                if kept is None or not kept.is_fresh(self._now()):
                    kept = _Kept(await self._fetch(empresa_id, chat), self._now())
                    if self._turns.get(empresa_id) is turn:  # else it was erased meanwhile
                        self._keep(key, kept)
        except TimeoutError:
            raise DeadlineExceeded from None
        except (EmpresaNotConnected, Unavailable):
            kept = self._kept.get(key)
            if kept is None:
                raise
        return kept.picture

    def forget(self, empresa_id: int) -> None:
        """Keep none of an empresa's."""
        for key in [key for key in self._kept if key[0] == empresa_id]:
            self._drop(key)
        self._turns.pop(empresa_id, None)

    async def _fetch(self, empresa_id: int, chat: str) -> Picture | None:
        url = await self._find_url(empresa_id, chat)
        if url is None:
            return None
        try:
            data = await self._files.fetch_bytes(url, MOST_BYTES)
        except MediaRefusal as refusal:
            logger.warning("a picture was not handed over: %s", refusal.code)
            raise PictureUnreachable from refusal
        kind = detect(data[:HEAD_BYTES])
        if kind not in _SHOWN:
            raise PictureUnreachable
        return Picture(data, kind.mime_type)

    def _keep(self, key: Key, kept: _Kept) -> None:
        if key in self._kept:
            self._drop(key)
        self._kept[key] = kept
        self._size += kept.size
        while self._size > KEPT_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        self._size -= self._kept.pop(key).size
