"""What a phone tells of the time before the link, as the events with which it would have come."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from neonize.proto.Neonize_pb2 import JID, Message

from whatsapp.jids import bare_text, phone_jid
from whatsapp.store import OwnNumber

_GROUP_SERVER = "g.us"


def past_messages(sync: Any, own: OwnNumber) -> Iterator[Any]:
    """A `Message` of the library's for each of a `HistorySync`, a conversation's oldest first.

    What is no message of anybody's (somebody joined, a number changed) is left out.
    """
    for conversation in sync.conversations:
        chat = bare_text(conversation.ID)
        for item in reversed(conversation.messages):
            if item.message.HasField("message") and item.message.key.ID:
                yield _event(item.message, chat, _other(conversation, chat), own)


def _event(info: Any, chat: str, other: str | None, own: OwnNumber) -> Any:
    """`other`: a second address of the chat's, where it is one of two and that is known."""
    event = Message()
    is_ours, is_group = info.key.fromMe, chat.endswith(f"@{_GROUP_SERVER}")
    source = event.Info.MessageSource
    source.Chat.CopyFrom(_jid(chat))
    source.IsFromMe, source.IsGroup = is_ours, is_group
    if is_ours:
        source.Sender.CopyFrom(_jid(phone_jid(own.phone)))
        _set(source.SenderAlt, own.lid)
        _set(source.RecipientAlt, other)
    else:
        author = info.participant or info.key.participant if is_group else chat
        _set(source.Sender, bare_text(author) if author else None)
        _set(source.SenderAlt, other)
    event.Info.ID = info.key.ID
    event.Info.Timestamp = 1000 * info.messageTimestamp
    event.Info.Pushname = info.pushName
    event.Message.CopyFrom(info.message)
    return event


def _other(conversation: Any, chat: str) -> str | None:
    if chat.endswith(f"@{_GROUP_SERVER}"):
        return None
    known = (bare_text(each) for each in (conversation.pnJID, conversation.lidJID) if each)
    return next((each for each in known if each != chat), None)


def _set(field: Any, address: str | None) -> None:
    if address:
        field.CopyFrom(_jid(address))


def _jid(address: str) -> Any:
    user, _, server = address.partition("@")
    return JID(User=user, Server=server, Device=0, RawAgent=0, Integrator=0, IsEmpty=False)
