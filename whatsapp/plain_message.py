"""Messages that need neither a file nor another message."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e

from whatsapp.vcard import vcard


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """What is shown of a page that a text links to."""

    url: str
    """As it stands in the text."""
    title: str
    description: str | None = None
    thumbnail: bytes | None = None
    """A small JPEG."""


def plain_message(
    content: dict[str, Any], context: Any | None, preview: LinkPreview | None = None
) -> Any:
    """The `Message` of a text, a place, contacts or a poll; `context`: a `ContextInfo`."""
    if content["type"] == "text":
        return text_message(content, context, preview)
    return _BUILDERS[content["type"]](content, context)


def text_message(
    content: dict[str, Any], context: Any | None, preview: LinkPreview | None = None
) -> Any:
    """As WhatsApp's own clients send it: what comes with nothing is a `conversation`."""
    if context is None and preview is None:
        return e2e.Message(conversation=content["text"])
    text = e2e.ExtendedTextMessage(text=content["text"], contextInfo=context)
    if preview is not None:
        # By its title whatsmeow knows that there is a preview.
        shown = e2e.ExtendedTextMessage(
            matchedText=preview.url,
            title=preview.title,
            description=preview.description,
            JPEGThumbnail=preview.thumbnail,
        )
        text.MergeFrom(shown)
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


_BUILDERS: dict[str, Callable[[dict[str, Any], Any | None], Any]] = {
    "location": _location,
    "contact": _contact,
    "poll": _poll,
}
