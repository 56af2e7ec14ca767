"""What a caller asks to send: the JSON body of each type of message.

Fields that a type does not have are ignored; one that it has, and that is not as it must be, is
refused by a code of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from web import message_fields as fields
from web.cards import contacts, location, poll
from web.emoji import is_one_emoji
from web.link_preview import link_preview
from web.message_media import MAX_BYTES, Media, media
from web.message_refusals import (
    InvalidEmoji,
    InvalidMedia,
    InvalidQuote,
    InvalidTarget,
    InvalidText,
    UnknownMessageType,
)
from web.recipients import Recipient, recipient


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message that somebody asks to send; neither its recipient nor its media is looked at yet.

    `content` is JSON: `type`, and what that type has.

    - text: `text`, `linkPreview` (`{"url", "title", "description"}` or false), `mentions`
    - image, video, document: `text` or null, `mentions`
    - audio: `voice`; sticker: nothing
    - location: `latitude`, `longitude` (degrees), `name` or null, `address` or null
    - contact: `contacts`, each `{"name", "phone"}` with the number in E.164 as it is dialled
    - poll: `question`, `options`, `choices` (how many of them one may choose)
    - all of these: `quote`, the message that they answer, or null
    - reaction: `target`, `emoji` ("" takes it back); edit: `target`, `text`, `mentions`
    - delete, forward: `target`

    `quote` and `target` are ids, ours or WhatsApp's; each of `mentions` is a `Recipient.shape`.
    """

    to: Recipient | None
    """None: to the chat of `target`; of a reaction, an edit and a deletion alone."""
    content: dict[str, Any]
    media: Media | None
    """Of an image, video, audio, document or sticker."""
    expires_in: int
    """Seconds from now; what has not been sent by then is given up."""
    typing: bool
    """Whether the recipient shall see somebody type before it comes; never before a change."""


def outgoing_message(body: dict[str, Any], *, has_file: bool = False) -> OutgoingMessage:
    """What a body asks to send; `has_file`: a file came beside it. Raises the `Refusal`."""
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in _READERS:
        raise UnknownMessageType(field="type", types=list(_READERS))
    if has_file and kind not in MAX_BYTES:
        raise InvalidMedia(f"Uma mensagem do tipo {kind} não leva arquivo.", field="file")
    return OutgoingMessage(
        to=_to(kind, body),
        content={"type": kind, **_READERS[kind](body), **_quote(kind, body)},
        media=media(kind, body, has_file=has_file) if kind in MAX_BYTES else None,
        expires_in=fields.expires_in(body),
        typing=not _is_change(kind) and fields.flag(body, "typing"),
    )


def _to(kind: str, body: dict[str, Any]) -> Recipient | None:
    if _is_change(kind) and body.get("to") is None:
        return None
    return recipient(body.get("to"))


def _is_change(kind: str) -> bool:
    return kind in _ABOUT_ANOTHER and kind != "forward"


def _quote(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    is_given = body.get("quote") is not None
    if kind in _ABOUT_ANOTHER:
        if is_given:
            raise InvalidQuote(f"Uma mensagem do tipo {kind} não pode ser resposta.", field="quote")
        return {}
    return {"quote": fields.message_id(body, "quote", InvalidQuote) if is_given else None}


def _mentions(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [person.shape() for person in fields.mentions(body)]


def _text(body: dict[str, Any]) -> dict[str, Any]:
    text = fields.text(body)
    return {"text": text, "linkPreview": link_preview(body, text), "mentions": _mentions(body)}


def _captioned(body: dict[str, Any]) -> dict[str, Any]:
    return {"text": fields.caption(body), "mentions": _mentions(body)}


def _audio(body: dict[str, Any]) -> dict[str, Any]:
    return {"voice": fields.flag(body, "voice"), **_sticker(body)}


def _sticker(body: dict[str, Any]) -> dict[str, Any]:
    # WhatsApp has nowhere to show one: dropped, it would be a message that never arrived.
    if body.get("text") is not None:
        raise InvalidText(
            "Áudios e figurinhas não têm texto. Envie o texto em outra mensagem.", field="text"
        )
    return {}


def _reaction(body: dict[str, Any]) -> dict[str, Any]:
    emoji = body.get("emoji")
    if not isinstance(emoji, str) or (emoji and not is_one_emoji(emoji)):
        raise InvalidEmoji(field="emoji")
    return {**_target(body), "emoji": emoji}


def _edit(body: dict[str, Any]) -> dict[str, Any]:
    return {**_target(body), "text": fields.text(body), "mentions": _mentions(body)}


def _target(body: dict[str, Any]) -> dict[str, Any]:
    return {"target": fields.message_id(body, "target", InvalidTarget)}


_ABOUT_ANOTHER: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "reaction": _reaction,
    "edit": _edit,
    "delete": _target,
    "forward": _target,
}
_READERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "text": _text,
    "image": _captioned,
    "video": _captioned,
    "audio": _audio,
    "document": _captioned,
    "sticker": _sticker,
    "location": location,
    "contact": contacts,
    "poll": poll,
    **_ABOUT_ANOTHER,
}
