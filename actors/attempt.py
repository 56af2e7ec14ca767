"""The first step of an attempt to send a message, and the last of one that was cut off."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from actors import outgoing as o
from actors import referring
from actors.addressing import Address, find_chat
from actors.errors import NotOnWhatsapp, UnknownRecipient
from persistence.message_life import MessageState
from whatsapp.port import Send

if TYPE_CHECKING:
    from actors.directory import Directory


async def first_step(
    directory: Directory, empresa_id: int, attempt: o.Waiting, message: o.OutgoingMessage
) -> tuple[o.Change, o.StoredOriginal | None]:
    """On its way, to a chat that is known; or it fails, as nobody is there.

    Beside it the message that it is about, if it is about one: as that stands now.
    """
    now, chat, content = datetime.now(UTC), message.chat, message.content
    original: o.StoredOriginal | None = None
    about = referring.about_of(content)
    try:
        if about is not None:
            original = await referring.find_again(directory, empresa_id, content, now)
            content = {**content, "about": referring.shape(about, original)}
            if about.kind != "forward":
                chat = chat or original.chat["id"]
        if chat is None:
            chat = await find_chat(directory, empresa_id, Address.of(message.recipient))
    except (NotOnWhatsapp, UnknownRecipient, *referring.REFUSED) as refusal:
        return o.Change(attempt.id, MessageState.FAILED, now, refusal.code), None
    step = o.Change(
        attempt.id,
        MessageState.SENDING,
        now,
        chat=chat,
        store=attempt.store,
        client=attempt.client,
        secret=attempt.secret,
        content=content if original is not None else None,
    )
    return step, original


def sent_message(
    attempt: o.Waiting,
    step: o.Change,
    message: o.OutgoingMessage,
    original: o.StoredOriginal | None,
    path: str | None,
) -> Send:
    """What the client is given; `path`: of its file."""
    content = {name: value for name, value in message.content.items() if name != "about"}
    about = None if original is None else _about(original)
    return Send(attempt.id, step.chat or "", content, attempt.secret or b"", path, about)


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


def _about(original: o.StoredOriginal) -> dict[str, Any]:
    """As the port has it."""
    return {
        "id": original.whatsapp_id,
        "chat": original.chat["id"],
        "fromMe": original.from_me,
        "phone": original.sender["phone"],
        "lid": original.sender["lid"],
        "type": original.said["type"],
        "text": original.said["text"],
        "isEdited": original.is_edited,
        "raw": None if original.raw is None else b64encode(original.raw).decode(),
    }
