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
from actors.actor import Place
from actors.addressing import Address, find_chat
from actors.dead_letters import tell
from actors.errors import NotOnWhatsapp, Refusal, Unavailable, UnknownRecipient
from actors.loop_actor import LoopActor
from actors.reply import ask
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
#: Messages that are read at once.
PAGE = 500


class SenderActor(LoopActor):
    """Told `MessagesWait`, `ClientIs`, `SendEnded`; supervised by the registry.

    One message at a time, in the order in which they were accepted. A message is `sending` in the
    database before the client has it; of one whose client died over it, it finds out whether it
    left before anything else is sent.
    """

    def __init__(
        self,
        place: Place,
        loop: asyncio.AbstractEventLoop,
        directory: Directory,
        files: Files,
    ) -> None:
        super().__init__(place, loop)
        self._empresa_id = place.empresa_id or 0
        self._directory = directory
        self._files = files
        self._queue: dict[str, o.Waiting] = {}
        self._unsettled: dict[str, o.Waiting] = {}
        self._read_to = 0
        self._has_news = True
        self._is_stale = self._is_behind = False
        self._client: o.ClientIs | None = None
        """None: the session has not told."""
        self._never_handed: set[bytes] = set()
        """Secrets of attempts that no client was given, whatever the database says of them."""
        self._awaited: str | None = None
        self._ended: o.SendEnded | None = None
        """What became of the attempt whose secret is awaited."""
        self._failures = 0
        """Attempts in a row that failed of what passes by itself."""
        self._changed = asyncio.Event()
        self._work: asyncio.Task[None] | None = None

    def started(self) -> None:
        """Begin to work."""
        self._work = self.loop.create_task(self._run())
        self._work.add_done_callback(self._over)
        tell(self._directory.session(self._empresa_id), o.ClientAsked())

    def receive(self, message: Any) -> Any:
        """What changes what can be done."""
        match message:
            case o.MessagesWait(again):
                self._has_news = True
                self._is_stale = self._is_stale or again
            case o.ClientIs():
                self._client = message
            case o.SendEnded(_, secret):
                # A journal that is read again tells of earlier attempts, too.
                if secret != self._awaited:
                    return None
                self._ended = message
            case _:
                return super().receive(message)
        self._changed.set()
        return None

    def ended(self, error: BaseException | None) -> None:
        """Work no more."""
        del error
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
        if self._has_news:
            await self._read()
        await self._give_up_late_ones()
        client = self._client
        lost = [each for each in self._unsettled.values() if self._is_lost(each, client)]
        if client is not None and lost:
            await self._settle(lost, client)
        elif client is not None and self._unsettled:
            sent = next(iter(self._unsettled.values()))
            await self._wait_for_end(sent, SEND_SECONDS)
            await self._conclude(sent)
        elif client is not None and client.is_up and self._queue:
            await self._send(next(iter(self._queue.values())), client)
        else:
            await self._until(self._can_go_on, self._next_deadline())

    def _is_lost(self, sent: o.Waiting, client: o.ClientIs | None) -> bool:
        """Whether no client is at it any more."""
        return client is None or client.client != sent.client or sent.secret in self._never_handed

    def _can_go_on(self) -> bool:
        if self._has_news or self._client is None:
            return self._has_news
        return bool(self._unsettled) or (self._client.is_up and bool(self._queue))

    async def _read(self) -> None:
        """What waits, in order; what was on its way when a predecessor ended is unsettled."""
        if self._is_behind:
            # What the session handed over before it told us is stored once this is answered.
            await self._change()
            self._is_behind = False
        self._has_news = False
        page: list[o.Waiting] | None = None
        while page is None or len(page) == PAGE:
            question = o.WaitingMessages(self._empresa_id, self._read_to, PAGE)
            try:
                page = await ask(self._directory.reader, question)
            except Refusal:
                self._has_news = True
                raise
            for each in page:
                is_queued = each.state is MessageState.QUEUED
                (self._queue if is_queued else self._unsettled)[each.id] = each
                self._read_to = each.number

    async def _give_up_late_ones(self) -> None:
        now = datetime.now(UTC)
        late = [each for each in self._queue.values() if each.expires_at <= now]
        if late:
            await self._change(
                *(o.Change(each.id, MessageState.FAILED, now, "deadline_passed") for each in late)
            )
            for each in late:
                del self._queue[each.id]

    def _next_deadline(self) -> float | None:
        """Seconds until the first message is too late; None: none waits."""
        soonest = min((each.expires_at for each in self._queue.values()), default=None)
        return None if soonest is None else (soonest - datetime.now(UTC)).total_seconds()

    async def _send(self, waiting: o.Waiting, client: o.ClientIs) -> None:
        """One attempt. Whatever is refused or cut off on the way is found in the database."""
        secret, name = token_bytes(32), client.client or ""
        attempt = replace(waiting, secret=secret, client=name, store=client.store)
        self._never_handed.add(secret)
        del self._queue[waiting.id]
        try:
            message = await ask(self._directory.reader, o.MessageOf(self._empresa_id, waiting.id))
            file = message.content.get("file")
            size = file["size"] if file else 0
            async with self._files.turns.of(size):
                if not await self._hand_over(attempt, message, client):
                    return
                await self._wait_for_end(attempt, SEND_SECONDS + size / UPLOAD_PACE)
        except Refusal:
            self._read_again()
            raise
        await self._conclude(attempt)

    async def _hand_over(
        self, attempt: o.Waiting, message: o.OutgoingMessage, client: o.ClientIs
    ) -> bool:
        """Give it to the client; False: it is cancelled, cannot be sent, or must wait again."""
        if self._client != client or attempt.expires_at <= datetime.now(UTC):
            self._read_again()  # its turn was long in coming
            return False
        step = await self._first_step(attempt, message)
        is_taken = bool(await self._change(step))
        if not is_taken or step.state is not MessageState.SENDING or step.chat is None:
            return False
        secret, file = attempt.secret or b"", message.content.get("file")
        self._never_handed.discard(secret)
        self._unsettled[attempt.id] = attempt
        path = self._files.path(self._empresa_id, file["sha256"]) if file else None
        send = Send(attempt.id, step.chat, message.content, secret, path)
        tell(self._session, o.Dispatch(attempt.client or "", send))
        return True

    async def _first_step(self, attempt: o.Waiting, message: o.OutgoingMessage) -> o.Change:
        """On its way, to a chat that is known; or it fails, as nobody is there."""
        now, chat = datetime.now(UTC), message.chat
        if chat is None:
            address = Address.of(message.recipient)
            try:
                chat = await find_chat(self._directory, self._empresa_id, address)
            except (NotOnWhatsapp, UnknownRecipient) as refusal:
                return o.Change(attempt.id, MessageState.FAILED, now, refusal.code)
        return o.Change(
            attempt.id,
            MessageState.SENDING,
            now,
            chat=chat,
            store=attempt.store,
            client=attempt.client,
            secret=attempt.secret,
        )

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
        if is_failure:
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
        await self._change(*(self._settled(each, secrets, left, now) for each in lost))
        self._never_handed.clear()
        self._read_again()

    def _settled(
        self, sent: o.Waiting, known: tuple[bytes, ...], left: dict[bytes, str], now: datetime
    ) -> o.Change:
        secret = sent.secret or b""
        if secret in left:
            whatsapp_id = left[secret]
            state = MessageState.UNCONFIRMED
            return o.Change(sent.id, state, now, "client_died", whatsapp_id=whatsapp_id)
        if secret in known or secret in self._never_handed:
            return o.Change(sent.id, MessageState.QUEUED, now, "client_died")
        return o.Change(sent.id, MessageState.UNCONFIRMED, now, "credentials_gone")

    def _read_again(self) -> None:
        self._queue.clear()
        self._unsettled.clear()
        self._read_to, self._has_news = 0, True
        self._is_behind, self._is_stale = True, False

    # --- around it ---------------------------------------------------------------------------

    @property
    def _session(self) -> ActorRef[Any]:
        """The present one. Refused while there is none: `Unavailable`."""
        session = self._directory.session(self._empresa_id)
        if session is None:
            raise Unavailable
        return session

    async def _change(self, *changes: o.Change) -> tuple[o.Change, ...]:
        message = o.ChangeMessages(self._empresa_id, changes)
        taken: tuple[o.Change, ...] = await ask(self._directory.archive, message)
        return taken

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
