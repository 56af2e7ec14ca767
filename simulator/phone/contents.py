"""What messages hold (waE2E.Message): built by phones, read when they arrive."""

import secrets
from dataclasses import dataclass

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from google.protobuf.message import Message as AnyMessage

from simulator.phone.errors import MalformedMessageError
from simulator.phone.protobufs import Message

_SECRET_LENGTH = 32
_NOT_CONTENT = ("messageContextInfo", "senderKeyDistributionMessage")


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


def read(message: Message) -> Content:
    """Tell what a message holds."""
    destination = None
    if message.HasField("deviceSentMessage"):
        destination = message.deviceSentMessage.destinationJID
        message = message.deviceSentMessage.message
    names = [field.name for field, _ in message.ListFields() if field.name not in _NOT_CONTENT]
    name = names[0] if names else ""
    if name in ("conversation", "extendedTextMessage"):
        return Content(
            "text", message.conversation or message.extendedTextMessage.text, destination
        )
    value = getattr(message, name) if name else None
    text = getattr(value, "caption", "") or getattr(value, "text", "")
    whole = MessageToDict(value) if isinstance(value, AnyMessage) else None
    return Content(name.removesuffix("Message"), str(text), destination, whole)
