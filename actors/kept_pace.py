"""A sender's pace, read from the database, and stored there with whatever it makes a step of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from actors import outgoing as o
from actors.errors import EmpresaNotFound, Refusal
from actors.pace import NOTHING_STORED, Pace
from actors.reply import Reply, answering, ask

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.governor import Lane, PauseReason, Queued, Settings


class KeptPace:
    """Used on the event loop, by one sender. What waits for the database may be refused."""

    def __init__(self, empresa_id: int, directory: Directory, settings: Settings) -> None:
        self._empresa_id = empresa_id
        self._directory = directory
        self.pace = Pace(settings)
        self._is_read, self._is_stored = False, True

    def is_kept(self, number: str | None) -> bool:
        """Whether all is read and stored, and that number (None: unknown) is the one it is of."""
        return self._is_read and self._is_stored and not self.pace.is_other(number)

    def renew(self) -> None:
        """The stored settings are others."""
        self._is_read = False

    async def keep(self, number: str | None) -> None:
        """Read what is new of it, and store what is. `number`: the empresa's own, if linked."""
        if not self._is_read:
            await self._read()
        if self.pace.link(number, datetime.now(UTC)):
            self._is_stored = False
        if not self._is_stored:
            await self.change()

    async def change(self, *changes: o.Change) -> tuple[o.Change, ...]:
        """Store these, and with them what is remembered of the sending, where that is new."""
        pace = None if self._is_stored else self.pace.stored()
        self._is_stored = True
        message = o.ChangeMessages(self._empresa_id, changes, pace)
        try:
            taken: tuple[o.Change, ...] = await ask(self._directory.archive, message)
        except Refusal:
            if pace is not None:
                self._is_stored = False
            raise
        return taken

    def count(self, queued: Queued, lane: Lane, now: datetime) -> None:
        """A message is about to be sent: to be stored with its step."""
        if self.pace.sent(queued, lane, now):
            self._is_stored = False

    def asked(self, now: datetime) -> None:
        """WhatsApp does not know whom a message was for: to be stored with its step."""
        self.pace.asked(now)
        self._is_stored = False

    def refused(self, reason: PauseReason, at: datetime, until: datetime | None) -> None:
        """WhatsApp has said that it is too much: to be stored before anything else is sent."""
        self.pace.refused(reason, at, until)
        self._is_stored = False

    def resume(self) -> Reply:
        """End all pauses; answered once that is stored."""
        self.pace.resume()
        message = o.ChangeMessages(self._empresa_id, (), self.pace.stored())
        return answering(self._directory.archive.ask(message, block=False), None)

    def estimate(self, queue: tuple[Queued, ...], message_id: str) -> datetime | None:
        """When that message of the queue is expected to go; None also before anything is known."""
        return self.pace.estimate(queue, message_id, datetime.now(UTC)) if self._is_read else None

    def foreseeing(self, queue: tuple[Queued, ...]) -> Callable[[], dict[str, datetime]]:
        """As the pace does; nothing before anything is known."""
        return self.pace.foreseeing(queue if self._is_read else (), datetime.now(UTC))

    async def _read(self) -> None:
        self._is_read = True
        try:
            self.pace.load(await ask(self._directory.reader, o.PaceOf(self._empresa_id)))
        except EmpresaNotFound:
            self.pace.load(NOTHING_STORED)
        except Refusal:
            self._is_read = False
            raise
