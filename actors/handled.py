"""What of the ledger a message handler is told, and what comes of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from actors import outgoing as o
from actors.addressing import Address
from actors.errors import MessageNotFound
from actors.governor import Lane
from actors.messages import LedgerEvent, NewEvent
from actors.reply import ask
from persistence.filed import chat_of
from persistence.message_life import MessageState
from persistence.sent_shape import sent_shape

if TYPE_CHECKING:
    from pykka import ActorRef

#: The types of events that may say something to a handler.
TOLD = frozenset({"message", "message_state"})
#: How our ids of a handler's texts begin; those of others are hexadecimal digits.
PREFIX = "handler-"
#: After that time an answer is not sent any more: the customer has long found another.
EXPIRES = timedelta(hours=12)
#: How the JIDs of chats end in which somebody can be answered, and what they address.
_KINDS = {"s.whatsapp.net": "phone", "lid": "lid", "g.us": "group"}
#: Characters of a failure that its event has.
_SHORT = 200


async def message_of(
    event: LedgerEvent, empresa_id: int, reader: ActorRef[Any]
) -> dict[str, Any] | None:
    """The message that an event tells a handler, in the shape of `message`; None: nothing.

    What a person sends over the API is told once it is accepted, and again when it goes out: the
    chat may be known only then. Refused: `Unavailable`.
    """
    data = event.data
    if event.type == "message":
        return data if not data.get("history") and _can_answer(chat_of(data)) else None
    is_accepted = data["state"] == MessageState.QUEUED and data["reason"] is None
    is_news = is_accepted or data["state"] == MessageState.SENDING
    if not is_news or data["id"].startswith(PREFIX) or not _can_answer(data["chat"]):
        return None
    try:
        sent: o.OutgoingMessage = await ask(reader, o.MessageOf(empresa_id, data["id"]))
    except MessageNotFound:
        return None  # retention was faster
    at = event.at.replace(microsecond=0)
    return None if sent.job else sent_shape(data["id"], None, data["chat"], at, sent.content)


def outgoing(
    event: LedgerEvent, chat: str, texts: Sequence[str], now: datetime
) -> tuple[o.NewOutgoing, ...]:
    """The texts with which a handler answers an event, as messages to send."""
    user, _, server = chat.rpartition("@")
    kind = _KINDS[server]
    recipient = Address(kind, (f"+{user}" if kind == "phone" else chat,)).shape()
    return tuple(
        o.NewOutgoing(
            event.empresa_id,
            f"{PREFIX}{event.seq}-{number}",
            now,
            now + EXPIRES,
            recipient,
            chat,
            Lane.SLOW,
            {"type": "text", "text": text, "mentions": [], "linkPreview": False},
        )
        for number, text in enumerate(texts, 1)
    )


def failed(
    name: str, message: dict[str, Any] | None, kind: str, detail: str, at: datetime
) -> NewEvent:
    """The event that says so; `message`: to which it gave no answer, None: it does not begin."""
    lines = detail.strip().splitlines() or [""]
    data = {
        "v": 1,
        "handler": name,
        "messageId": message["id"] if message else None,
        "chat": chat_of(message) if message else None,
        "kind": kind,
        "detail": lines[-1][:_SHORT],
    }
    return NewEvent("handler_failed", at, data)


def _can_answer(chat: str | None) -> bool:
    return chat is not None and chat.rpartition("@")[2] in _KINDS
