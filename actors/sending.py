"""Messages to send, as the web reaches them. All methods run on the event loop."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from actors import outgoing as o
from actors import referring
from actors.addressing import Address, address_of, find_chat
from actors.dead_letters import tell
from actors.errors import IdempotencyKeyReused, MessageNotChangeable, Refusal, Unavailable
from actors.governor import Lane
from actors.reply import answer_of, ask, when_settled
from persistence.message_life import MessageState
from persistence.sent_shape import CHANGES

if TYPE_CHECKING:
    from actors.directory import Directory

#: Milliseconds for which somebody is seen typing: at first, for each character, and at most.
#: WhatsApp shows nobody typing for longer than 25 s.
TYPING = (1500, 60, 10_000)


class Sending:
    """Made by `System`."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def accept(
        self,
        empresa_id: int,
        to: Address | None,
        content: dict[str, Any],
        expires_in: int,
        idempotency: o.Idempotency | None,
        *,
        typing: bool = False,
    ) -> o.Accepted:
        """Take a message in, to be sent as soon as it can. `expires_in`: seconds.

        `to` None: to the chat of the message that it is about. `typing`: somebody is seen typing
        before it, for as long as its text takes. Refused: `EmpresaNotFound`,
        `NotOnWhatsapp`, `UnknownRecipient`, `IdempotencyKeyReused`, and as `referring.find`.
        """
        if idempotency is not None and referring.about_of(content) is not None:
            # What was right then may be too late by now.
            known = await self.accepted(empresa_id, idempotency)
            if known is not None:
                return known
        now = datetime.now(UTC)
        content, to, chat = await self._addressed(empresa_id, to, content, now)
        new = o.NewOutgoing(
            empresa_id,
            secrets.token_hex(16),
            now,
            now + timedelta(seconds=expires_in),
            to.shape(),
            chat,
            Lane.FAST if content["type"] in CHANGES else Lane.SLOW,
            content,
            idempotency=idempotency,
            typing_ms=_typing_ms(content) if typing else None,
        )
        reply = self._directory.archive.ask(o.AcceptMessage(new), block=False)
        # However late it is stored: the sender hears of it.
        when_settled(reply, lambda _: self._wake(empresa_id))
        accepted: o.Accepted = await answer_of(reply)
        return accepted

    async def accepted(self, empresa_id: int, idempotency: o.Idempotency) -> o.Accepted | None:
        """What was accepted under a key before. Refused: `IdempotencyKeyReused`."""
        question = o.KeyOf(empresa_id, idempotency, datetime.now(UTC))
        found: o.Accepted | None = await ask(self._directory.reader, question)
        if found is not None and not found.is_same:
            raise IdempotencyKeyReused(id=found.id)
        return found

    async def message(self, empresa_id: int, name: str) -> o.OutgoingMessage:
        """One with its life, by our id or WhatsApp's. Refused: `MessageNotFound`."""
        question = o.MessageOf(empresa_id, name)
        found: o.OutgoingMessage = await ask(self._directory.reader, question)
        return found

    async def chat_of(self, empresa_id: int, to: Address) -> str:
        """The JID of a chat. Refused: as `find_chat`."""
        return await find_chat(self._directory, empresa_id, to)

    async def estimate(self, empresa_id: int, waiting: o.Waiting | None) -> datetime | None:
        """When a message is expected to go; None: it does not wait, or nobody can tell now."""
        sender = self._directory.sender(empresa_id)
        if waiting is None or sender is None:
            return None
        try:
            if waiting.job is not None:
                plan: o.Plan = await ask(sender, o.PlanNow())
                return plan.moments.get(waiting.id)
            moment: datetime | None = await ask(sender, o.EstimateOf(waiting))
        except Refusal:
            return None  # it is being restarted
        return moment

    async def cancel(self, empresa_id: int, name: str) -> None:
        """Do not send it. Refused: `MessageNotFound`, `MessageNotChangeable`."""
        await self._settle(empresa_id, name, MessageState.CANCELLED, "by_request")

    async def resend(self, empresa_id: int, name: str) -> None:
        """Send again what is unconfirmed. Refused as `cancel`."""
        await self._settle(empresa_id, name, MessageState.QUEUED, "resent")

    async def give_up(self, empresa_id: int, name: str) -> None:
        """Take what is unconfirmed for not sent. Refused as `cancel`."""
        await self._settle(empresa_id, name, MessageState.FAILED, "given_up")

    async def _settle(self, empresa_id: int, name: str, state: MessageState, reason: str) -> None:
        message = await self.message(empresa_id, name)
        is_cancelled = state is MessageState.CANCELLED
        wanted = MessageState.QUEUED if is_cancelled else MessageState.UNCONFIRMED
        if message.state is not wanted:
            raise MessageNotChangeable(state=message.state)
        step = o.Change(message.id, state, datetime.now(UTC), reason)
        if not await ask(self._directory.archive, o.ChangeMessages(empresa_id, (step,))):
            raise MessageNotChangeable
        tell(
            self._directory.sender(empresa_id),
            # What waits may be much: it is read again only where something has its old place.
            o.MessageCancelled(message.id) if is_cancelled else o.MessagesWait(again=True),
        )

    async def _addressed(
        self, empresa_id: int, to: Address | None, content: dict[str, Any], now: datetime
    ) -> tuple[dict[str, Any], Address, str | None]:
        """The content with what it is about, whom it is for, and the JID where that is known."""
        about = referring.about_of(content)
        if about is not None:
            original = await referring.find(self._directory, empresa_id, about, to, now)
            content = {**content, "about": referring.shape(about, original)}
            # Behind what it is about, in that one's own chat, however that is named so far.
            if content["type"] in CHANGES or (about.kind == "quote" and original.seq is None):
                return content, address_of(original), original.chat["id"]
        assert to is not None  # noqa: S101 - only a change may leave it out
        return content, to, await self._chat(empresa_id, to)

    async def _chat(self, empresa_id: int, to: Address) -> str | None:
        """The JID; None where it cannot be known before the empresa is connected."""
        try:
            return await find_chat(self._directory, empresa_id, to)
        except Unavailable:
            return None

    def _wake(self, empresa_id: int) -> None:
        tell(self._directory.sender(empresa_id), o.MessagesWait())


def _typing_ms(content: dict[str, Any]) -> int:
    begins, each, most = TYPING
    return min(most, begins + each * len(content.get("text") or ""))
