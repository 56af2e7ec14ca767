"""What is to be sent, as the protobuf that the library's `send_message` takes.

None of the library's own helpers is used: given a text they open the path or the URL that it
names. From what is built here whatsmeow derives the rest of the stanza (`type`, `mediatype`,
`edit`, `polltype`), which is why some kinds have exactly the field that it looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from google.protobuf.message import DecodeError
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

from whatsapp.forwarding import forwarded
from whatsapp.original import Original, key_of, quote_of, said_in
from whatsapp.unsendable import InvalidContent, NotDeletable, NotEditable
from whatsapp.uploads import MEDIA_TYPES, Upload, document_message, media_message
from whatsapp.vcard import vcard

SECRET_BYTES = 32


def build_message(
    content: dict[str, Any],
    secret: bytes,
    now_ms: int,
    *,
    upload: Upload | None = None,
    quote: Original | None = None,
    target: Original | None = None,
) -> Any:
    """The `WAWebProtobufsE2E.Message` of a content: `{"type": …}` and what that type has.

    `content` is as the API takes it (`docs/api.md`), but `mentions` are JIDs. `secret`: 32 random
    bytes of this attempt, by which the library's store tells whether it left (`sent_secrets`).
    `upload` belongs to media, `target` to a reaction, an edit, a deletion and a forward.

    Raises `Unsendable`.
    """
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a secret has {SECRET_BYTES} bytes")
    try:
        if target is not None:
            message = _ABOUT_ANOTHER[content["type"]](content, target, now_ms)
        else:
            context = _context(content.get("mentions"), quote)
            if content["type"] in MEDIA_TYPES and upload is not None:
                message = media_message(content, upload, context)
            else:
                message = _CONTENTS[content["type"]](content, context)
    except (DecodeError, OverflowError, ValueError) as error:
        # What protobuf raises of half a character, a number out of range, a damaged original.
        raise InvalidContent(f"{type(error).__name__}: {error}") from error
    if not message.ListFields():
        raise InvalidContent("nothing is said")
    message.messageContextInfo.messageSecret = secret
    return message


def _context(mentions: list[str] | None, quote: Original | None) -> Any | None:
    if quote is None and not mentions:
        return None
    context = e2e.ContextInfo() if quote is None else quote_of(quote)
    context.mentionedJID.extend(mentions or ())
    return context


def _text(content: dict[str, Any], context: Any | None) -> Any:
    if context is None:
        return e2e.Message(conversation=content["text"])
    text = e2e.ExtendedTextMessage(text=content["text"], contextInfo=context)
    return e2e.Message(extendedTextMessage=text)


def _location(content: dict[str, Any], context: Any | None) -> Any:
    location = e2e.LocationMessage(
        degreesLatitude=content["latitude"],
        degreesLongitude=content["longitude"],
        name=content.get("name"),
        address=content.get("address"),
        contextInfo=context,
    )
    return e2e.Message(locationMessage=location)


def _contact(content: dict[str, Any], context: Any | None) -> Any:
    cards = [
        e2e.ContactMessage(displayName=who["name"], vcard=vcard(who["name"], who["phone"]))
        for who in content["contacts"]
    ]
    if len(cards) > 1:
        several = e2e.ContactsArrayMessage(
            displayName=f"{len(cards)} contatos", contacts=cards, contextInfo=context
        )
        return e2e.Message(contactsArrayMessage=several)
    (card,) = cards
    card.MergeFrom(e2e.ContactMessage(contextInfo=context))
    return e2e.Message(contactMessage=card)


def _poll(content: dict[str, Any], context: Any | None) -> Any:
    """Of the first version, as whatsmeow's: it takes others for texts."""
    options = [e2e.PollCreationMessage.Option(optionName=option) for option in content["options"]]
    choices = content["choices"]
    poll = e2e.PollCreationMessage(
        name=content["question"],
        options=options,
        # 0: as many as one likes.
        selectableOptionsCount=choices if 0 < choices <= len(options) else 0,
        contextInfo=context,
    )
    return e2e.Message(pollCreationMessage=poll)


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
        return _text(content, _context(content.get("mentions"), None))
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


_CONTENTS: dict[str, Callable[[dict[str, Any], Any | None], Any]] = {
    "text": _text,
    "location": _location,
    "contact": _contact,
    "poll": _poll,
}
_ABOUT_ANOTHER: dict[str, Callable[[dict[str, Any], Original, int], Any]] = {
    "reaction": _reaction,
    "edit": _edit,
    "delete": _delete,
    "forward": _forward,
}
