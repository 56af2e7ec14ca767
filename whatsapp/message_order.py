"""What is sent about a message that is there already: reactions, edits, deletions, forwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

from whatsapp.forwarding import forwarded
from whatsapp.original import Original, context_of, key_of, said_in
from whatsapp.plain_message import text_message
from whatsapp.unsendable import NotDeletable, NotEditable
from whatsapp.uploads import document_message


def order_message(content: dict[str, Any], target: Original, now_ms: int) -> Any:
    """The `Message`, as whatsmeow's own builders make it. Raises `Unsendable`, DecodeError."""
    return _BUILDERS[content["type"]](content, target, now_ms)


def _reaction(content: dict[str, Any], target: Original, now_ms: int) -> Any:
    # An empty text is set all the same: it takes the reaction back.
    reaction = e2e.ReactionMessage(
        key=key_of(target), text=content["emoji"], senderTimestampMS=now_ms
    )
    return e2e.Message(reactionMessage=reaction)


def _edit(content: dict[str, Any], target: Original, now_ms: int) -> Any:
    if not target.from_me:
        raise NotEditable("somebody else's")
    edit = e2e.ProtocolMessage(
        key=key_of(target),
        type=e2e.ProtocolMessage.MESSAGE_EDIT,
        editedMessage=_edited(content, target),
        timestampMS=now_ms,
    )
    message = e2e.Message(protocolMessage=edit)
    return e2e.Message(editedMessage=e2e.FutureProofMessage(message=message))


def _edited(content: dict[str, Any], target: Original) -> Any:
    """The whole new content: of media it is the media again, with another caption."""
    said = said_in(target.message)
    if said is None or said.name in ("conversation", "extendedTextMessage"):
        return text_message(content, context_of(content.get("mentions"), None))
    if said.name not in ("imageMessage", "videoMessage", "documentMessage"):
        raise NotEditable(said.name)
    media = said.value
    media.caption = content["text"]
    if media.HasField("contextInfo") or content.get("mentions"):
        media.contextInfo.ClearField("mentionedJID")
        media.contextInfo.mentionedJID.extend(content.get("mentions") or ())
    if said.name == "documentMessage":
        return document_message(media)
    return e2e.Message(**{said.name: media})


def _delete(_content: dict[str, Any], target: Original, _now_ms: int) -> Any:
    if not target.from_me and target.is_chat_of_two:
        raise NotDeletable("somebody else's")
    revoke = e2e.ProtocolMessage(key=key_of(target), type=e2e.ProtocolMessage.REVOKE)
    return e2e.Message(protocolMessage=revoke)


def _forward(_content: dict[str, Any], target: Original, _now_ms: int) -> Any:
    return forwarded(target)


_BUILDERS: dict[str, Callable[[dict[str, Any], Original, int], Any]] = {
    "reaction": _reaction,
    "edit": _edit,
    "delete": _delete,
    "forward": _forward,
}
