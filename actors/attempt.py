"""The first step of an attempt to send a message, and the last of one that was cut off."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from actors import outgoing as o
from actors.addressing import Address, find_chat
from actors.errors import NotOnWhatsapp, UnknownRecipient
from persistence.message_life import MessageState

if TYPE_CHECKING:
    from actors.directory import Directory


async def first_step(
    directory: Directory, empresa_id: int, attempt: o.Waiting, message: o.OutgoingMessage
) -> o.Change:
    """On its way, to a chat that is known; or it fails, as nobody is there."""
    now, chat = datetime.now(UTC), message.chat
    if chat is None:
        address = Address.of(message.recipient)
        try:
            chat = await find_chat(directory, empresa_id, address)
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


def last_step(
    sent: o.Waiting, known: Container[bytes], left: Mapping[bytes, str], now: datetime
) -> o.Change:
    """Of an attempt that no client is at any more.

    `known`: the secrets of those of which it is known whether they left; `left`: of those that
    did, with WhatsApp's id of each.
    """
    secret = sent.secret or b""
    if secret in left:
        state, whatsapp_id = MessageState.UNCONFIRMED, left[secret]
        return o.Change(sent.id, state, now, "client_died", whatsapp_id=whatsapp_id)
    if secret in known:
        return o.Change(sent.id, MessageState.QUEUED, now, "client_died")
    return o.Change(sent.id, MessageState.UNCONFIRMED, now, "credentials_gone")
