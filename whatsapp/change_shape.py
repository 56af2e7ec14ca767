"""What somebody did to a message, as `data` of an event of its own (docs/api.md)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any, TypeAlias

from whatsapp.context_shape import context_of, shape_mentions
from whatsapp.event_shape import shape_head, text_of
from whatsapp.jids import NOBODY, Person, bare, bare_text, person
from whatsapp.message_content import Content, content_of
from whatsapp.message_kinds import kind_of, text_in
from whatsapp.port import ChangeKind
from whatsapp.store import OwnNumber

Own: TypeAlias = OwnNumber | None


def change_kind(event: Any, content: Content) -> ChangeKind | None:
    """Which change this is; None: none, or one that its sender had no right to."""
    value = content.value
    match content.name:
        case "reactionMessage" if value.key.ID:
            return "message_reaction"
        case "pollUpdateMessage" if value.HasField("vote") and value.pollCreationMessageKey.ID:
            return "poll_vote"
        # An unknown type has no value, and its default would read as REVOKE.
        case "protocolMessage" if value.HasField("type") and value.key.ID:
            return _protocol_change(event, value)
    return None


def shape_change(kind: ChangeKind, event: Any, own: Own, content: Content) -> dict[str, Any]:
    """What is published of a `MessageEv` that holds this change."""
    value = content.value
    key = value.pollCreationMessageKey if kind == "poll_vote" else value.key
    author, is_ours = _author(key, event.Info.MessageSource, own)
    data = shape_head(event, own)
    data["target"] = {
        "id": text_of(key.ID),
        "sender": {"phone": author.phone, "lid": author.lid},
        "fromMe": is_ours,
    }
    return data | _READERS[kind](event, value, own)


def _protocol_change(event: Any, value: Any) -> ChangeKind | None:
    """Nobody edits another's message; only a group has admins, who may delete it."""
    match value.Type.Name(value.type):
        case "MESSAGE_EDIT" if value.key.fromMe:
            return "message_edited"
        case "REVOKE" if value.key.fromMe or event.Info.MessageSource.IsGroup:
            return "message_deleted"
    return None


def _author(key: Any, source: Any, own: Own) -> tuple[Person, bool | None]:
    """Who wrote the message of a `MessageKey`, and whether we did, as far as that is known.

    A key is written from the view of the change's sender: `fromMe` means that one.
    """
    if key.fromMe:
        return person(bare(source.Sender), bare(source.SenderAlt), own=own), source.IsFromMe
    if source.IsGroup:
        who = person(bare_text(text_of(key.participant) or ""), own=own)
        return who, (who.phone == own.phone if own and who != NOBODY else None)
    if source.IsFromMe:
        return person(bare(source.Chat), bare(source.RecipientAlt)), False
    return (Person(own.phone, own.lid) if own else NOBODY), True


def _edited(_: Any, value: Any, own: Own) -> dict[str, Any]:
    content = content_of(value.editedMessage)
    context = context_of(content.value)
    return {
        "text": text_in(content, kind_of(content)),
        "mentions": [] if context is None else shape_mentions(context, own),
    }


def _deleted(event: Any, value: Any, own: Own) -> dict[str, Any]:
    source = event.Info.MessageSource
    author, _ = _author(value.key, source, own)
    who = person(bare(source.Sender), bare(source.SenderAlt), own=own)
    return {"by": "sender" if author.is_same_as(who) else "admin"}


def _reaction(_: Any, value: Any, __: Own) -> dict[str, Any]:
    return {"emoji": text_of(value.text)}


def _vote(event: Any, value: Any, _: Own) -> dict[str, Any]:
    """The addresses are part of what the vote's key is made of: they stay as they came."""
    key = value.pollCreationMessageKey
    return {
        "options": None,
        "chosen": None,
        "encrypted": {
            "payload": b64encode(value.vote.encPayload).decode(),
            "iv": b64encode(value.vote.encIV).decode(),
            "chat": bare(event.Info.MessageSource.Chat),
            "voter": bare(event.Info.MessageSource.Sender),
            "poll": {
                "id": text_of(key.ID),
                "fromMe": key.fromMe,
                "remoteJid": text_of(key.remoteJID),
                "participant": text_of(key.participant),
            },
        },
    }


_READERS: dict[ChangeKind, Callable[[Any, Any, Own], dict[str, Any]]] = {
    "message_edited": _edited,
    "message_deleted": _deleted,
    "message_reaction": _reaction,
    "poll_vote": _vote,
}
