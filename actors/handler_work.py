"""The work of a handler actor: the ledger read on, and the handler asked about each message."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from actors import flood, handled
from actors import messages as m
from actors import outgoing as o
from actors.answering import HandlerLook, Remembered
from actors.errors import DeadlineExceeded, InvalidSettings, Refusal, Unavailable, UnknownHandler
from actors.kept_handler import KeptHandler
from actors.pace import hours_of
from actors.reply import ask
from handling.seam import Answer, HandlerFailed

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.governor import Settings
    from actors.hosting import Hosting
    from handling.hosted import HostedHandler

logger = logging.getLogger("vendeai.handler")

#: Events that are read at once.
PAGE = 100
#: Seconds after which the ledger is looked at although nobody said that there is anything new.
LOOK_SECONDS = 30.0
#: How often it is asked about one message, and the seconds before the second time, then doubled.
ATTEMPTS = 3
RETRY_SECONDS = 1.0
#: Messages in a row without an answer after which it is left alone for a while: seconds, doubled
#: with each further one.
MOST_FAILURES = 5
PAUSE_SECONDS = 60.0
LONGEST_PAUSE = 3600.0
#: Numbers of events that say nothing to it, after which its place is stored all the same.
FAR = 1000


class HandlerWork:
    """Of one empresa; `run` is the one task at it. On the event loop."""

    def __init__(
        self,
        empresa_id: int,
        directory: Directory,
        hosting: Hosting,
        pace: Settings,
        changed: Callable[[], None],
    ) -> None:
        self._empresa_id = empresa_id
        self._directory = directory
        self._hosting = hosting
        self._pace = pace
        self._changed = changed
        self._kept = KeptHandler(empresa_id, directory)
        self._is_stale = True
        self._settings: dict[str, Any] | None = None
        self._hosted: HostedHandler | None = None
        self._position = 0
        """All events up to this number are dealt with, or say nothing to it."""
        self.state = "running"
        """See `HandlerLook`; `changed` is called when it is another."""
        self._until: datetime | None = None

    def look(self) -> HandlerLook:
        """How it fares."""
        return HandlerLook(self.state, self._until, self._position)

    def renew(self) -> None:
        """What is stored of it, or of its empresa, may be another: read it before the next page."""
        self._is_stale = True

    def close(self) -> None:
        """End the handler's process."""
        if self._hosted is not None:
            self._hosting.release(self._hosted)

    async def run(self) -> None:
        """Work until the empresa has no handler."""
        while True:
            try:
                if self._is_stale and not await self._read():
                    return
                await self._step()
            except Refusal:
                # The database or an actor is gone for a while; what was asked may have happened.
                self._is_stale = True
                await asyncio.sleep(RETRY_SECONDS)

    async def _read(self) -> bool:
        """What is stored, and the handler that it names; False: there is none."""
        if not await self._kept.read():
            return False
        question = o.PaceOf(self._empresa_id)
        stored: o.StoredPace = await ask(self._directory.reader, question)
        hours = hours_of(stored.profile, self._pace)
        self._position = max(self._position, self._kept.position)
        self._is_stale = False
        chosen = self._kept.stored.chosen
        try:
            settings = self._hosting.settings(chosen.name, chosen.settings, hours)
        except UnknownHandler:
            extra = {"empresa_id": self._empresa_id}
            logger.warning("this server knows no handler %s", chosen.name, extra=extra)
            self._set_state("unknown_handler")
            # A server that knows it begins with it.
            await asyncio.get_running_loop().create_future()
        except InvalidSettings as refusal:
            await self._begins_not(HandlerFailed("settings", refusal.sentence))
            raise
        if settings != self._settings:
            self.close()
            self._settings, self._hosted = settings, self._hosting.open(chosen.name, settings)
        return True

    async def _step(self) -> None:
        """Deal with a page of events, or wait for the next."""
        question = m.EventsAfter(self._empresa_id, self._position, PAGE, handled.TOLD)
        page: m.EventPage = await ask(self._directory.reader, question)
        for event in page.events:
            await self._deal_with(event)
            self._position = event.seq
        self._position = page.next
        if page.next >= page.head.last_seq:
            await self._wait(page.head.last_seq)

    async def _wait(self, after: int) -> None:
        """Until there is an event beyond this one, or it is time to look."""
        if self._position - self._kept.position > FAR:
            await self._kept.take(self._position, failures=self._kept.stored.failures)
        broadcast = self._directory.broadcast(self._empresa_id)
        if broadcast is None:
            raise Unavailable
        with suppress(DeadlineExceeded):
            await ask(broadcast, m.NewEvents(after), LOOK_SECONDS)

    async def _deal_with(self, event: m.LedgerEvent) -> None:
        """Ask the handler about it, if it says something to it, and store what comes of that."""
        message = await handled.message_of(event, self._empresa_id, self._directory.reader)
        if message is None:
            return
        before = await self._kept.remembered(message["chat"])
        while True:
            try:
                answer = await self._answer(message, before)
            except HandlerFailed as failure:
                if failure.is_of_a_message:
                    await self._pass_over(event, message, failure)
                    return
                await self._begins_not(failure)
            else:
                self._set_state("running")
                await self._store(event, message, before, answer)
                return

    async def _answer(self, message: dict[str, Any], before: Remembered) -> Answer:
        """The handler's, by the last attempt at latest. Raises `HandlerFailed`."""
        assert self._hosted is not None  # noqa: S101 - `_read` has opened it
        for attempt in range(ATTEMPTS):
            try:
                return await self._hosted.answer(message, before.memory, datetime.now(UTC))
            except OSError as error:
                logger.warning("no process of a handler can be started: %s", error)
                raise Unavailable from error
            except HandlerFailed as failure:
                if attempt == ATTEMPTS - 1 or not failure.is_of_a_message:
                    raise
                await self._sleep("retrying", RETRY_SECONDS * 2**attempt)
        raise AssertionError  # one of them is the last

    async def _store(
        self, event: m.LedgerEvent, message: dict[str, Any], before: Remembered, answer: Answer
    ) -> None:
        """Its texts, as far as there is room for them, and what it remembers."""
        now, all_of_them, failure = datetime.now(UTC), len(answer.texts), None
        count = min(all_of_them, flood.room(before.said, now))
        if count < all_of_them:
            detail = f"{all_of_them - count} of {all_of_them} texts were dropped"
            failure = HandlerFailed("chat_limit", detail)
        memory = None if answer.memory is None else dict(answer.memory)
        said = flood.after(before.said, count, now)
        await self._kept.take(
            event.seq,
            failure=failure,
            message=message,
            remembered=Remembered(before.conversation, memory, said),
            texts=handled.outgoing(event, message["chat"]["id"], answer.texts[:count], now),
        )

    async def _pass_over(
        self, event: m.LedgerEvent, message: dict[str, Any], failure: HandlerFailed
    ) -> None:
        """Leave a message without an answer; after many in a row, leave the handler alone."""
        failures = self._kept.stored.failures + 1
        self._log(failure, f"event {event.seq} is passed over")
        await self._kept.take(event.seq, failures=failures, failure=failure, message=message)
        if failures >= MOST_FAILURES:
            await self._pause(failures)
        else:
            self._set_state("running")

    async def _begins_not(self, failure: HandlerFailed) -> None:
        """It is no message's fault: none is passed over."""
        failures = max(MOST_FAILURES, self._kept.stored.failures + 1)
        self._log(failure, "it does not begin")
        await self._kept.take(self._kept.position, failures=failures, failure=failure)
        await self._pause(failures)

    async def _pause(self, failures: int) -> None:
        doubled = min(failures - MOST_FAILURES, 10)
        await self._sleep("paused", min(LONGEST_PAUSE, PAUSE_SECONDS * 2**doubled))

    async def _sleep(self, state: str, seconds: float) -> None:
        self._set_state(state, datetime.now(UTC) + timedelta(seconds=seconds))
        await asyncio.sleep(seconds)
        self._set_state("retrying")

    def _set_state(self, state: str, until: datetime | None = None) -> None:
        if (state, until) != (self.state, self._until):
            self.state, self._until = state, until
            self._changed()

    def _log(self, failure: HandlerFailed, then: str) -> None:
        """Without its detail, which may hold what a customer wrote."""
        name, extra = self._kept.stored.chosen.name, {"empresa_id": self._empresa_id}
        logger.warning("the handler %s failed (%s): %s", name, failure.kind, then, extra=extra)
