"""The sender actor: one empresa's messages that wait, and the one that is on its way.

It lives on the event loop. What it knows is in the database: whatever cuts it off, its successor
goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_bytes
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors import outgoing as o
from actors import signals as s
from actors.actor import Place
from actors.attempt import first_step, last_step, sent_message
from actors.dead_letters import tell
from actors.errors import Refusal, Unavailable
from actors.governor import Lane, PauseReason, Queued, Settings
from actors.kept_pace import KeptPace
from actors.loop_actor import LoopActor
from actors.pace import pause_reason
from actors.plans import Plans
from actors.read_telling import ReadTelling
from actors.reading import ReadsNoted
from actors.reply import ask
from actors.waiting_queue import WaitingQueue
from persistence.lives import UNSETTLED
from persistence.message_life import MessageState
from whatsapp.port import Send

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.directory import Directory
    from actors.files import Files

#: Seconds that the library may take for one message. Its own limit is 75, and others wait.
SEND_SECONDS = 20.0
#: Bytes of a file that a client must at least have brought to WhatsApp in a second: it gets so
#: much more time.
UPLOAD_PACE = 64 * 1024
#: Seconds before what failed of something that passes by itself is tried again; doubled each time.
RETRY_SECONDS = 1.0
LONGEST_RETRY = 30.0
#: Messages that are read at once: as many as keep the loop for some 2 ms.
PAGE = 200
#: Messages that are given up at once: a job's may all have one deadline.
MOST_LATE = 100


class SenderActor(LoopActor):
    """Told `MessagesWait`, `ClientIs`, `SendEnded` and more; supervised by the registry.

    One message at a time, which one the governor says: in each chat in the order in which they
    were accepted. A message is `sending` in the database before the client has it; of one whose
    client died over it, it finds out whether it left before anything else is sent.
    """

    def __init__(
        self,
        place: Place,
        loop: asyncio.AbstractEventLoop,
        directory: Directory,
        files: Files,
        settings: Settings,
    ) -> None:
        super().__init__(place, loop)
        self._empresa_id = place.empresa_id or 0
        self._directory = directory
        self._files = files
        self._queue = WaitingQueue()
        self._pace = KeptPace(self._empresa_id, directory, settings)
        self._plans = Plans(loop, self._queue, self._pace)
        self._is_waiting = False
        """Nothing may go now, as far as is known: the governor has been asked."""
        self._unsettled: dict[str, o.Waiting] = {}
        self._read_to = 0
        self._has_news, self._is_reading = True, False
        self._is_stale, self._is_behind = False, True
        self._client: o.ClientIs | None = None
        """None: the session has not told."""
        self._never_handed: set[bytes] = set()
        """Secrets of attempts that no client was given, whatever the database says of them."""
        self._awaited: str | None = None
        self._ended: o.SendEnded | None = None
        """What became of the attempt whose secret is awaited."""
        self._failures = 0
        """Attempts in a row that failed of what passes by itself."""
        self._reads = ReadTelling(self._empresa_id, directory, self._over)
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def started(self) -> None:
        """Begin to work."""
        self._work = self.loop.create_task(self._run())
        self._work.add_done_callback(self._over)

    def receive(self, message: Any) -> Any:
        """What changes what can be done, and questions."""
        match message:
            case o.MessagesWait(again):
                self._has_news = True
                self._is_stale = self._is_stale or again
            case o.MessageCancelled(message_id):
                self._cancelled(message_id)
            case o.ClientIs():
                self._client = message
                self._reads.client_is(message)
            case ReadsNoted():
                self._reads.look()
                return None
            case o.SendEnded():
                self._attempt_ended(message)
            case o.ChatHeard(chat, phone, at):
                if not self._queue.heard(chat, phone, at):
                    return None
            case o.NumberBanned(at, until):
                self._pace.refused(PauseReason.TEMPORARY_BAN, at, until)
            case o.ProfileChanged():
                self._pace.renew()
            case _:
                return self._asked(message)
        self._look_again()
        return None

    def _asked(self, message: Any) -> Any:
        match message:
            case o.ResumeSending():
                self._look_again()
                return self._pace.resume()
            case o.EstimateOf(waiting):
                return self._pace.estimate(self._queue.queued_by_people(waiting), waiting.id)
            case o.PlanNow():
                return self._plans.ask()
            case o.PaceNow():
                return self._pace.pace.view(self._queue.lanes, datetime.now(UTC))
        return super().receive(message)

    def _cancelled(self, message_id: str) -> None:
        if self._is_reading:
            self._is_stale = self._has_news = True  # it may be in what is read
        elif message_id in self._queue:
            self._queue.remove(message_id)

    def _look_again(self) -> None:
        self._is_waiting = False
        self._changed.set()

    def _attempt_ended(self, ended: o.SendEnded) -> None:
        # A journal that is read again tells of earlier attempts, too; of a pause it tells nothing
        # new then.
        if ended.secret == self._awaited:
            self._ended = ended
        reason = pause_reason(ended.reason)
        if reason is not None:
            self._pace.refused(reason, ended.at, None)

    def ended(self, error: BaseException | None) -> None:
        """Work no more."""
        del error
        self._reads.stop()
        if self._work is not None:
            self._work.cancel()

    def _over(self, work: asyncio.Task[None]) -> None:
        if not work.cancelled() and (error := work.exception()) is not None:
            tell(self.actor_ref, m.Fail(f"its work failed: {error!r}"))

    # --- the work ----------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._step()
            except Refusal:
                # The database or the session is gone for a while.
                await asyncio.sleep(RETRY_SECONDS)

    async def _step(self) -> None:
        if self._is_stale:
            self._read_again()
        await self._pace.keep(self._number)
        if self._has_news:
            await self._read()
        while await self._give_up_late_ones():
            pass
        client = self._client
        lost = [each for each in self._unsettled.values() if self._is_lost(each, client)]
        if client is not None and lost:
            await self._settle(lost, client)
        elif client is not None and self._unsettled:
            sent = next(iter(self._unsettled.values()))
            await self._wait_for_end(sent, SEND_SECONDS)
            await self._conclude(sent)
        elif client is not None and client.is_up and self._queue:
            await self._send_next(client)
        else:
            await self._until(self._can_go_on, self._next_deadline())

    async def _send_next(self, client: o.ClientIs) -> None:
        """What may go now, or wait until something may."""
        now = datetime.now(UTC)
        message, lane, wake_at, is_to_type = self._pace.pace.decide(self._queue.lanes, now)
        if message is not None and lane is not None:
            await (self._type(message, now) if is_to_type else self._send(message, lane, client))
            return
        self._is_waiting = True
        waits = [] if wake_at is None else [(wake_at - now).total_seconds()]
        deadline = self._next_deadline()
        waits += [] if deadline is None else [deadline]
        await self._until(self._can_go_on, min(waits, default=None))

    async def _type(self, queued: Queued, now: datetime) -> None:
        """Its recipient sees somebody type until it goes; others go meanwhile."""
        self._queue.type(queued, now)
        message = await ask(self._directory.reader, o.MessageOf(self._empresa_id, queued.id))
        if message.chat is not None:
            state: s.TypingState = "recording" if message.content.get("voice") else "composing"
            tell(self._session, s.SendSignal(s.ShowTyping(message.chat, state)))

    def _is_lost(self, sent: o.Waiting, client: o.ClientIs | None) -> bool:
        """Whether no client is at it any more."""
        return client is None or client.client != sent.client or sent.secret in self._never_handed

    def _can_go_on(self) -> bool:
        if self._has_news or not self._pace.is_kept(self._number):
            return True
        if self._client is None:
            return False
        can_send = self._client.is_up and bool(self._queue) and not self._is_waiting
        return bool(self._unsettled) or can_send

    async def _read(self) -> None:
        """What waits, in order; what was on its way when a predecessor ended is unsettled."""
        if self._is_behind:
            # What the session handed over before it told us is stored once this is answered.
            await self._pace.change()
            self._is_behind = False
        self._has_news = False
        page: list[o.Waiting] | None = None
        while page is None or len(page) == PAGE:
            question = o.WaitingMessages(self._empresa_id, self._read_to, PAGE)
            self._is_reading = True
            try:
                page = await ask(self._directory.reader, question)
            except Refusal:
                self._has_news = True
                raise
            finally:
                self._is_reading = False
            for each in page:
                if each.state is MessageState.QUEUED:
                    self._queue.add(each)
                else:
                    self._unsettled[each.id] = each
                self._read_to = each.number
            # They find their gates, a page at a time; what may go is asked again.
            self._pace.pace.decide(self._queue.lanes, datetime.now(UTC))

    async def _give_up_late_ones(self) -> bool:
        """Some of them; whether there may be more."""
        now = datetime.now(UTC)
        late = self._queue.late(now, MOST_LATE)
        if late:
            await self._pace.change(
                *(o.Change(each.id, MessageState.FAILED, now, "deadline_passed") for each in late)
            )
            for each in late:
                if each.id in self._queue:  # else it was cancelled meanwhile
                    self._queue.remove(each.id)
        return len(late) == MOST_LATE

    def _next_deadline(self) -> float | None:
        """Seconds until the first message is too late; None: none waits."""
        soonest = self._queue.next_deadline()
        return None if soonest is None else (soonest - datetime.now(UTC)).total_seconds()

    async def _send(self, queued: Queued, lane: Lane, client: o.ClientIs) -> None:
        """One attempt. Whatever is refused or cut off on the way is found in the database."""
        secret, name = token_bytes(32), client.client or ""
        attempt = replace(self._queue[queued.id], secret=secret, client=name, store=client.store)
        self._never_handed.add(secret)
        self._queue.remove(queued.id)
        try:
            message = await ask(self._directory.reader, o.MessageOf(self._empresa_id, queued.id))
            file = message.content.get("file")
            size = file["size"] if file else 0
            async with self._files.turns.of(size):
                if self._client != client or attempt.expires_at <= datetime.now(UTC):
                    self._read_again()  # its turn was long in coming
                    return
                step, original = await first_step(
                    self._directory, self._empresa_id, attempt, message
                )
                if step.state is MessageState.SENDING:
                    self._pace.count(queued, lane, step.at)
                    self._queue.lanes.renew(queued.chat)
                elif lane is not Lane.FAST:
                    self._pace.asked(step.at)
                path = self._files.path(self._empresa_id, file["sha256"]) if file else None
                send = sent_message(attempt, step, message, original, path)
                if not await self._hand_over(attempt, step, send):
                    return
                await self._wait_for_end(attempt, SEND_SECONDS + size / UPLOAD_PACE)
        except Refusal:
            self._read_again()
            raise
        await self._conclude(attempt)

    async def _hand_over(self, attempt: o.Waiting, step: o.Change, send: Send) -> bool:
        """Give it to the client; False: it is cancelled, or cannot be sent."""
        is_taken = bool(await self._pace.change(step))
        if not is_taken or step.state is not MessageState.SENDING or step.chat is None:
            return False
        self._never_handed.discard(send.secret)
        self._unsettled[attempt.id] = attempt
        tell(self._session, o.Dispatch(attempt.client or "", send))
        return True

    async def _wait_for_end(self, sent: o.Waiting, seconds: float) -> None:
        """Until the client has said what became of it, or is gone; so long, it goes."""
        self._awaited, self._ended = (sent.secret or b"").hex(), None
        if not await self._until(lambda: self._has_ended(sent), seconds):
            tell(self._session, o.SendOverdue(sent.client or ""))
            await self._until(lambda: self._has_ended(sent), None)

    async def _conclude(self, sent: o.Waiting) -> None:
        """What follows from what the client has said."""
        ended = self._ended
        if ended is None:
            return
        self._unsettled.pop(sent.id, None)
        is_failure = ended.state in (UNSETTLED, MessageState.QUEUED)
        self._failures = self._failures + 1 if is_failure else 0
        if is_failure and pause_reason(ended.reason) is None:
            await asyncio.sleep(min(LONGEST_RETRY, RETRY_SECONDS * 2 ** (self._failures - 1)))
        if ended.state == UNSETTLED and self._client is not None:
            await self._settle([sent], self._client)
        elif ended.state == MessageState.QUEUED:
            self._read_again()

    def _has_ended(self, sent: o.Waiting) -> bool:
        return self._ended is not None or self._is_lost(sent, self._client)

    async def _settle(self, lost: list[o.Waiting], client: o.ClientIs) -> None:
        """Find out what became of those that no client is at any more."""
        secrets = tuple(
            each.secret
            for each in lost
            if each.secret and each.store == client.store and each.secret not in self._never_handed
        )
        left = await ask(self._session, o.FindLeft(secrets)) if secrets else {}
        now = datetime.now(UTC)
        known = {*secrets, *self._never_handed}
        await self._pace.change(*(last_step(each, known, left, now) for each in lost))
        self._never_handed.clear()
        self._read_again()

    def _read_again(self) -> None:
        self._queue.clear()
        self._unsettled.clear()
        self._read_to, self._has_news = 0, True
        self._is_behind, self._is_stale = True, False

    # --- around it ---------------------------------------------------------------------------

    @property
    def _number(self) -> str | None:
        """The empresa's own, as far as is known."""
        return None if self._client is None else self._client.number

    @property
    def _session(self) -> ActorRef[Any]:
        """The present one. Refused while there is none: `Unavailable`."""
        session = self._directory.session(self._empresa_id)
        if session is None:
            raise Unavailable
        return session

    async def _until(self, is_so: Callable[[], bool], seconds: float | None) -> bool:
        """Wait until it is so; False: the time was over before."""
        try:
            async with asyncio.timeout(seconds):
                while not is_so():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True
