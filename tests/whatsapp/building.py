"""A message to be sent, as it is built."""

from __future__ import annotations

from typing import Any

from tests.whatsapp.protobufs import e2e
from whatsapp.message_builder import build_message

SECRET = b"s" * 32
NOW_MS = 1_700_000_000_123


def build(content: dict[str, Any], **about: Any) -> Any:
    """The message without its secret, which is looked at once and for all."""
    message = build_message(content, SECRET, NOW_MS, **about)
    assert message.messageContextInfo == e2e.MessageContextInfo(messageSecret=SECRET)
    assert e2e.Message.FromString(message.SerializeToString()) == message
    message.ClearField("messageContextInfo")
    return message
