"""The kinds of message that are read: what each is called, and where its content stands.

One table, from WhatsApp's name of a field to a `Kind`; what is not in it is `unsupported`.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from whatsapp.choice_shape import shape_button, shape_form, shape_row, shape_template_button
from whatsapp.contact_card import shape_contact
from whatsapp.event_shape import text_of
from whatsapp.location_shape import shape_live_location, shape_location
from whatsapp.message_content import Content


class Kind(NamedTuple):
    """How a kind of message is read."""

    type: str
    text: Callable[[Any], Any] | None = None
    """The body or the caption."""
    more: Callable[[Any], dict[str, Any]] | None = None
    """The fields of `data` that this kind alone has."""


def kind_of(content: Content) -> Kind:
    """How this content is read."""
    kind = KINDS.get(content.name)
    if kind is None:
        return _UNSUPPORTED
    return _VOICE if kind is _AUDIO and content.value.PTT else kind


def text_in(content: Content, kind: Kind) -> str | None:
    """The body, or the caption of what is no text."""
    return text_of(kind.text(content.value)) if kind.text else None


def _itself(value: Any) -> Any:
    return value


def _either(value: Any) -> Any:
    """The text of a kind of which nothing is known."""
    text = getattr(value, "text", None) or getattr(value, "caption", None)
    return text if isinstance(text, str | bytes) else None


def _gif(value: Any) -> dict[str, Any]:
    return {"gif": value.gifPlayback}


def _contact(value: Any) -> dict[str, Any]:
    return {"contacts": [shape_contact(value)]}


def _contacts(value: Any) -> dict[str, Any]:
    return {"contacts": [shape_contact(contact) for contact in value.contacts]}


def _poll(value: Any) -> dict[str, Any]:
    options = [text_of(option.optionName) or "" for option in value.options]
    # 0: as many as one likes.
    choices = value.selectableOptionsCount or None
    return {"poll": {"question": text_of(value.name), "options": options, "choices": choices}}


def _template(value: Any) -> Any:
    return (
        value.hydratedTemplate.hydratedContentText
        or value.hydratedFourRowTemplate.hydratedContentText
        or value.interactiveMessageTemplate.body.text
    )


_UNSUPPORTED = Kind("unsupported", _either)
_AUDIO = Kind("audio")
_VOICE = Kind("voice")
_VIDEO = Kind("video", attrgetter("caption"), _gif)
_POLL = Kind("poll", None, _poll)

KINDS = {
    "conversation": Kind("text", _itself),
    "extendedTextMessage": Kind("text", attrgetter("text")),
    "imageMessage": Kind("image", attrgetter("caption")),
    "videoMessage": _VIDEO,
    "ptvMessage": _VIDEO,
    "audioMessage": _AUDIO,
    "documentMessage": Kind("document", attrgetter("caption")),
    "stickerMessage": Kind("sticker"),
    "locationMessage": Kind("location", attrgetter("comment"), shape_location),
    "liveLocationMessage": Kind("location", attrgetter("caption"), shape_live_location),
    "contactMessage": Kind("contact", None, _contact),
    "contactsArrayMessage": Kind("contact", None, _contacts),
    "pollCreationMessage": _POLL,
    "pollCreationMessageV2": _POLL,
    "pollCreationMessageV3": _POLL,
    "pollCreationMessageV5": _POLL,
    "pollCreationMessageV6": _POLL,
    # The answer to a business's question is a text to whoever reads the conversation.
    "buttonsResponseMessage": Kind("text", attrgetter("selectedDisplayText"), shape_button),
    "templateButtonReplyMessage": Kind(
        "text", attrgetter("selectedDisplayText"), shape_template_button
    ),
    "listResponseMessage": Kind("text", attrgetter("title"), shape_row),
    "interactiveResponseMessage": Kind("text", attrgetter("body.text"), shape_form),
    # Of these only the text is read: customers answer them, and their answers quote it.
    "buttonsMessage": Kind("unsupported", attrgetter("contentText")),
    "listMessage": Kind("unsupported", attrgetter("description")),
    "templateMessage": Kind("unsupported", _template),
    "interactiveMessage": Kind("unsupported", attrgetter("body.text")),
    "productMessage": Kind("unsupported", attrgetter("product.title")),
    "orderMessage": Kind("unsupported", attrgetter("message")),
}
