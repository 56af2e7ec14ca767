"""A handler's place in the ledger, read from the database, and led on there with what comes of it.

A message's texts, what is remembered of its conversation and the new place are one transaction:
whatever is killed, none is skipped, and none answered twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from actors import answering as a
from actors import handled
from actors import messages as m
from actors import outgoing as o
from actors.dead_letters import tell
from actors.errors import Unavailable
from actors.reply import answer_of, ask, when_settled
from actors.shape import iso
from handling.seam import HandlerFailed

if TYPE_CHECKING:
    from actors.directory import Directory

#: Characters of what a failure says that are kept: its end, where the error stands.
DETAIL = 2000


class KeptHandler:
    """Used on the event loop, by one handler actor. What waits for the database may be refused."""

    def __init__(self, empresa_id: int, directory: Directory) -> None:
        self._empresa_id = empresa_id
        self._directory = directory
        self._stored: a.StoredHandler | None = None

    @property
    def stored(self) -> a.StoredHandler:
        """As it is in the database; once it was read."""
        assert self._stored is not None  # noqa: S101 - the caller has read it
        return self._stored

    @property
    def position(self) -> int:
        """The number up to which all is stored; 0 before anything was read."""
        return self._stored.position if self._stored else 0

    async def read(self) -> bool:
        """Read it; False: the empresa has no handler."""
        question = a.HandlerOf(self._empresa_id)
        self._stored = await ask(self._directory.reader, question)
        return self._stored is not None

    async def remembered(self, chat: dict[str, Any]) -> a.Remembered:
        """What is kept of the conversation in a chat, as events have it."""
        question = a.RememberedOf(self._empresa_id, chat["id"], chat.get("phone"))
        found: a.Remembered = await ask(self._directory.reader, question)
        return found

    async def take(
        self,
        position: int,
        *,
        failures: int = 0,
        failure: HandlerFailed | None = None,
        message: dict[str, Any] | None = None,
        remembered: a.Remembered | None = None,
        texts: tuple[o.NewOutgoing, ...] = (),
    ) -> None:
        """Go on to a position. `message`: the one that a failure is about.

        Refused: `Unavailable`, also where the place in the database is another one: what was
        refused before may have been stored after all.
        """
        now, last = datetime.now(UTC), self.stored.last_failure
        events: tuple[m.NewEvent, ...] = ()
        if failure is not None:
            name = self.stored.chosen.name
            event = handled.failed(name, message, failure.kind, failure.detail, now)
            last = {**event.data, "detail": failure.detail[-DETAIL:], "at": iso(now)}
            events = (event,)
        before = self.stored.position
        step = a.HandlerStep(
            self._empresa_id, before, position, now, remembered, texts, events, failures, last
        )
        reply = self._directory.archive.ask(a.TakeHandlerStep(step), block=False)
        if texts:
            # However late it is stored: the sender hears of it.
            when_settled(reply, lambda _: self._wake_sender())
        if not await answer_of(reply):
            raise Unavailable
        self._stored = replace(self.stored, position=position, failures=failures, last_failure=last)

    def _wake_sender(self) -> None:
        tell(self._directory.sender(self._empresa_id), o.MessagesWait())
