"""Telling WhatsApp what the shop has read here: kept until it could be told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from actors import reading as r
from actors import signals as s
from actors.errors import Refusal
from actors.reply import ask

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.outgoing import ClientIs

#: Seconds that WhatsApp's library may take: its own limit, and somewhat more.
TELL_SECONDS = 80.0
#: Seconds before what could not be told is tried again, while the empresa is connected.
RETRY_SECONDS = 30.0
#: Messages of which WhatsApp is told by one look at what is kept.
PAGE = 250


class ReadTelling:
    """Of one empresa, on the event loop. Cut off anywhere, its successor tells the same again.

    `over`: called with each task of its that has ended.
    """

    def __init__(
        self, empresa_id: int, directory: Directory, over: Callable[[asyncio.Task[None]], None]
    ) -> None:
        self._empresa_id = empresa_id
        self._directory = directory
        self._over = over
        self._number: str | None = None
        """The own one, while it is connected."""
        self._news = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def client_is(self, client: ClientIs) -> None:
        """What is known of the client has changed."""
        number = client.number if client.is_up else None
        if number != self._number:
            self._number = number
            self.look()

    def look(self) -> None:
        """There may be something to tell."""
        self._news.set()
        if self._number is not None and (self._work is None or self._work.done()):
            self._work = asyncio.get_running_loop().create_task(self._tell_all())
            self._work.add_done_callback(self._over)

    def stop(self) -> None:
        """Tell nothing more."""
        if self._work is not None:
            self._work.cancel()

    async def _tell_all(self) -> None:
        while self._news.is_set() and self._number is not None:
            self._news.clear()
            try:
                is_done = await self._tell_some(self._number)
            except Refusal:
                is_done = False  # the database is gone for a while
            if not is_done:
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_SECONDS):
                        await self._news.wait()
                self._news.set()

    async def _tell_some(self, number: str) -> bool:
        """Tell of a page of what is kept; False: some of it could not be told."""
        question = r.UntoldReads(self._empresa_id, number, PAGE)
        found: list[r.Read] = await ask(self._directory.reader, question)
        told: list[int] = []
        for each in found:
            if self._number == number and await self._is_told(each):
                told += each.seqs
        if told:
            await ask(self._directory.archive, r.ForgetReads(self._empresa_id, tuple(told)))
        count = sum(len(each.seqs) for each in found)
        if count == PAGE:
            self._news.set()
        return len(told) == count

    async def _is_told(self, read: r.Read) -> bool:
        session = self._directory.session(self._empresa_id)
        if session is None:
            return False
        signal = s.TellRead(0, read.chat, read.sender, list(read.ids))
        try:
            await ask(session, s.SendSignal(signal), TELL_SECONDS)
        except Refusal:
            return False  # of this one; another may fare better
        return True
