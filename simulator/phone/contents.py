"""What messages hold (waE2E.Message): built by phones, read when they arrive."""

import secrets
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import DecodeError
from google.protobuf.message import Message as AnyMessage

from simulator.phone.errors import MalformedMessageError
from simulator.phone.protobufs import Message

_SECRET_LENGTH = 32
_NOT_CONTENT = ("messageContextInfo", "senderKeyDistributionMessage")
#: Fields around another message: of a copy for one's own device, and of a document's caption.
_WRAPPERS = ("deviceSentMessage", "documentWithCaptionMessage")
#: Of all that is no media, for which WhatsApp also takes places and cards.
_STANZA_TYPES = {
    "conversation": "text",
    "extendedTextMessage": "text",
    "protocolMessage": "text",
    "editedMessage": "text",
    "reactionMessage": "reaction",
    "pollCreationMessage": "poll",
    "pollCreationMessageV2": "poll",
    "pollCreationMessageV3": "poll",
    "pollUpdateMessage": "poll",
}


@dataclass(frozen=True)
class Content:
    """What there is to say of a message without showing it."""

    type: str
    """The message's field in waE2E.Message without "Message": text, image, reaction, protocol…"""

    text: str
    """What the user wrote: a text, a caption, a reaction's emoji; empty if nothing."""

    destination: str | None
    """For a copy of what another of the account's own devices sent: the chat's JID."""

    whole: dict[str, object] | None = None
    """Of what is no text: that field as protobuf's JSON."""

    context: dict[str, object] | None = None
    """What it answers, whom it mentions, whether it was forwarded: as protobuf's JSON."""


def new_id() -> str:
    """Return a message id as phones make them."""
    return secrets.token_hex(16).upper()


def text_message(text: str) -> Message:
    """Return a text, with the secret that answers to it are encrypted with."""
    message = Message(conversation=text)
    message.messageContextInfo.messageSecret = secrets.token_bytes(_SECRET_LENGTH)
    return message


def parse(data: bytes) -> Message:
    """Read a message; raise MalformedMessageError if it is none or is empty."""
    message = Message()
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise MalformedMessageError("what was encrypted is no WhatsApp message") from error
    if not message.ListFields():
        raise MalformedMessageError("what was encrypted is an empty message")
    return message


def says_something(message: Message) -> bool:
    """Tell whether there is more in a message than what devices tell one another."""
    return any(field.name not in _NOT_CONTENT for field, _ in message.ListFields())


def said(message: Message) -> tuple[str, Any]:
    """Return the field that holds the content, out of its wrappers; ("", None) if there is none."""
    for field, value in message.ListFields():
        if field.name in _WRAPPERS:
            return said(value.message)
        if field.name not in _NOT_CONTENT:
            return field.name, value
    return "", None


def stanza_type(message: Message) -> str:
    """Return what a message's stanza says of it, to which WhatsApp's servers cannot look in."""
    name, _ = said(message)
    return _STANZA_TYPES.get(name, "media")


def poll_part(message: Message) -> str | None:
    """Tell which part of a poll a message is, as its stanza does; None: it is none."""
    if stanza_type(message) != "poll":
        return None
    return "vote" if message.HasField("pollUpdateMessage") else "creation"


def from_json(written: dict[str, object]) -> Message:
    """Return a message of which protobuf's JSON is given; raise MalformedMessageError."""
    message = Message()
    try:
        ParseDict(written, message)
    except ParseError as error:
        raise MalformedMessageError(str(error)) from error
    if not message.messageContextInfo.messageSecret:
        message.messageContextInfo.messageSecret = secrets.token_bytes(_SECRET_LENGTH)
    return message


def read(message: Message) -> Content:
    """Tell what a message holds."""
    destination = None
    if message.HasField("deviceSentMessage"):
        destination = message.deviceSentMessage.destinationJID
    name, value = said(message)
    if name == "conversation":
        return Content("text", value, destination)
    if name == "extendedTextMessage":
        return Content("text", value.text, destination, context=_context(value))
    text = getattr(value, "caption", "") or getattr(value, "text", "")
    whole = MessageToDict(value) if isinstance(value, AnyMessage) else None
    return Content(name.removesuffix("Message"), str(text), destination, whole, _context(value))


def _context(value: Any) -> dict[str, object] | None:
    found = getattr(value, "contextInfo", None)
    return MessageToDict(found) if found is not None and value.HasField("contextInfo") else None
