"""What the library answers once WhatsApp has acknowledged a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from whatsapp.event_shape import iso_of_ms


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that WhatsApp has taken."""

    message_id: str
    """WhatsApp's: its receipts come under it."""
    at: str | None
    """By WhatsApp's clock, ISO 8601; None if it did not say."""


def read_sent(response: Any) -> Sent:
    """Of the library's `SendResponse`, whose time is in seconds, and negative for none."""
    seconds = response.Timestamp
    return Sent(response.ID, iso_of_ms(seconds * 1000) if seconds > 0 else None)
