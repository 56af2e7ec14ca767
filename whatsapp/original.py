"""A message that another one is about: the one that it answers, edits, deletes, reacts to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError
from neonize.proto.waCommon.WACommon_pb2 import MessageKey
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

from whatsapp.jids import bare, bare_text, phone_jid
from whatsapp.store import OwnNumber
from whatsapp.stored_form import read_stored

#: Servers of chats of two, in which the chat says whose message it is.
_CHATS_OF_TWO = frozenset({"s.whatsapp.net", "lid"})
#: Fields that accompany a content and are none.
_COMPANIONS = frozenset(
    {
        "messageContextInfo",
        "senderKeyDistributionMessage",
        "fastRatchetKeySenderKeyDistributionMessage",
    }
)
#: The types of fields that hold another message, whose content it is.
_WRAPPERS = frozenset({"FutureProofMessage", "DeviceSentMessage"})


@dataclass(frozen=True, slots=True)
class Original:
    """As it was stored when it came or left."""

    message_id: str
    """WhatsApp's."""
    chat: str
    """JID."""
    sender: str
    """JID, also where it is our own; in a group, of the kind by which the group addresses."""
    from_me: bool
    message: bytes | None
    """A serialised `WAWebProtobufsE2E.Message`; None where it was not kept."""
    text: str | None = None
    """What stands for a message that was not kept, where it is quoted."""

    @property
    def is_chat_of_two(self) -> bool:
        """Whether nobody else reads it."""
        return self.chat.partition("@")[2] in _CHATS_OF_TWO


@dataclass(frozen=True, slots=True)
class Said:
    """The one field of a message that says something, out of its wrappers."""

    name: str
    value: Any
    """A message, or the text of `conversation`."""
    is_view_once: bool


def original_of(about: dict[str, Any], own: OwnNumber | None) -> Original:
    """Of what a `Send` says of it (`port.Send.about`)."""
    stored = read_stored(about["raw"])
    said = None if stored is None else stored.Message.SerializePartialToString()
    if about["isEdited"]:
        said = _with_text(said, about["text"] or "")
    if said is None and about["type"] == "text":
        said = e2e.Message(conversation=about["text"] or "").SerializeToString()
    return Original(
        message_id=about["id"],
        chat=about["chat"],
        sender=_sender(about, stored, own),
        from_me=about["fromMe"],
        message=said,
        text=about["text"],
    )


def said_in(serialised: bytes | None) -> Said | None:
    """None if nothing was kept, or nothing is said that can be read. Raises DecodeError."""
    message: Any = e2e.Message.FromString(serialised or b"")
    is_view_once = False
    while (found := _content(message)) is not None:
        field, value = found
        is_view_once = is_view_once or field.name.startswith("viewOnce")
        if isinstance(value, bytes):
            # What protobuf gives of a text that is no UTF-8: strangers wrote it.
            return None
        if field.message_type is None or field.message_type.name not in _WRAPPERS:
            return Said(field.name, value, is_view_once or getattr(value, "viewOnce", False))
        message = value.message
    return None


def key_of(original: Original) -> Any:
    """The `MessageKey` by which a message names it, as whatsmeow's `BuildMessageKey` does.

    The library's own `build_revoke` takes a LID of ours for somebody else's.
    """
    is_named = not (original.from_me or original.is_chat_of_two)
    return MessageKey(
        remoteJID=original.chat,
        fromMe=original.from_me,
        ID=original.message_id,
        participant=bare_text(original.sender) if is_named else None,
    )


def quote_of(original: Original) -> Any:
    """The `ContextInfo` of its answer."""
    return e2e.ContextInfo(
        stanzaID=original.message_id,
        participant=bare_text(original.sender),
        quotedMessage=_quoted(original),
    )


def context_of(mentions: list[str] | None, quote: Original | None) -> Any | None:
    """The `ContextInfo` of what mentions these JIDs and answers that one; None if neither."""
    if quote is None and not mentions:
        return None
    context = e2e.ContextInfo() if quote is None else quote_of(quote)
    context.mentionedJID.extend(mentions or ())
    return context


def _sender(about: dict[str, Any], stored: Any | None, own: OwnNumber | None) -> str:
    """Its writer's JID, of the kind by which the chat addresses."""
    chat = str(about["chat"])
    is_of_two = chat.partition("@")[2] in _CHATS_OF_TWO
    if is_of_two and not about["fromMe"]:
        return chat
    told = None if stored is None else bare(stored.Info.MessageSource.Sender)
    phone, lid = about["phone"], about["lid"]
    if about["fromMe"] and own is not None:
        phone, lid = own.phone, own.lid
    by_phone = phone_jid(phone) if phone else None
    by_lid = lid or by_phone
    if is_of_two:
        return (by_phone if chat.endswith("@s.whatsapp.net") else by_lid) or chat
    return told or by_lid or chat


def _with_text(serialised: bytes | None, text: str) -> bytes | None:
    """The same with another text or caption, as an edit has left it."""
    try:
        said = said_in(serialised)
    except DecodeError:
        return None
    edited = e2e.Message(conversation=text)
    if said is not None and said.name not in ("conversation", "extendedTextMessage"):
        if not hasattr(said.value, "caption"):
            return serialised
        said.value.caption = text
        edited = e2e.Message(**{said.name: said.value})
    new: bytes = edited.SerializePartialToString()
    return new


def _quoted(original: Original) -> Any:
    """The content alone: neither what it quoted itself nor the secret that came with it."""
    try:
        said = said_in(original.message)
    except DecodeError:
        said = None
    if said is None or said.name == "protocolMessage":
        return e2e.Message(conversation=original.text or "")
    if isinstance(said.value, str):
        return e2e.Message(**{said.name: said.value})
    quoted = e2e.Message()
    content = getattr(quoted, said.name)
    if said.is_view_once:
        # Of its kind alone: with its media key anybody in the chat could look at it again.
        content.SetInParent()
        if hasattr(content, "viewOnce"):
            content.viewOnce = True
        return quoted
    content.CopyFrom(said.value)
    if "contextInfo" in content.DESCRIPTOR.fields_by_name:
        content.ClearField("contextInfo")
    return quoted


def _content(message: Any) -> tuple[Any, Any] | None:
    for field, value in message.ListFields():
        if field.name not in _COMPANIONS:
            return field, value
    return None
