"""What a message of the library's says: the one field that holds it, out of its wrappers."""

from __future__ import annotations

from typing import Any, NamedTuple

from google.protobuf.unknown_fields import UnknownFieldSet

#: Fields of an end-to-end message that accompany its content and are none.
_COMPANIONS = frozenset(
    {
        "messageContextInfo",
        "senderKeyDistributionMessage",
        "fastRatchetKeySenderKeyDistributionMessage",
    }
)
#: The types of fields that hold another message, whose content it is. Each new wrapper of
#: WhatsApp's is a field of the first type, so that no list of them is needed.
_WRAPPERS = frozenset({"FutureProofMessage", "DeviceSentMessage", "CommentMessage"})
_UNKNOWN = "unknown"


class Content(NamedTuple):
    """What somebody said."""

    name: str
    """WhatsApp's name of the field; of the innermost wrapper, where there is nothing in it; or
    `unknown`."""
    value: Any
    """The field's message, or the text of `conversation`; an empty text where there is none."""
    is_view_once: bool
    """By its wrappers, that is."""


def content_of(message: Any) -> Content:
    """The content of a `WAWebProtobufsE2E.Message`."""
    name, is_view_once = _UNKNOWN, False
    while (said := _said(message)) is not None:
        field, value = said
        name = field.name
        # A text is no message, and most messages are texts.
        if field.message_type is None or field.message_type.name not in _WRAPPERS:
            return Content(name, value, is_view_once)
        is_view_once = is_view_once or name.startswith("viewOnce")
        message = value.message
    return Content(name, "", is_view_once)


def is_silent(message: Any, content: Content) -> bool:
    """Whether it only brings keys and the like. False for what this version cannot know."""
    if content.name != _UNKNOWN or not message.ListFields():
        return False
    return len(UnknownFieldSet(message)) == 0


def _said(message: Any) -> tuple[Any, Any] | None:
    for field, value in message.ListFields():
        if field.name not in _COMPANIONS:
            return field, value
    return None
