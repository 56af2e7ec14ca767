"""What a message handler is, and what passes between it and the server."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

#: Texts that are sent for one message, and characters of each.
MOST_TEXTS = 10
LONGEST_TEXT = 8192
#: Bytes of what a handler remembers of one conversation, as JSON.
MOST_MEMORY = 64 * 1024

Memory = Mapping[str, Any] | None
"""What a handler remembers of one conversation, as JSON; None: nothing yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler says to a message."""

    texts: tuple[str, ...]
    """To be sent to the chat of the message, in this order."""
    memory: Memory


class MessageHandler(Protocol):
    """One empresa's. It lives in a process of its own, which may be ended between two messages.

    Whatever it must know later is in the memory that it answers with: that is stored in one
    transaction with its texts. What it prints goes nowhere.
    """

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """Raise `ValueError` where the settings cannot be: its words are shown to who sets them."""

    def answer(
        self, message: Mapping[str, Any], memory: Memory, now: datetime
    ) -> tuple[Sequence[str], Memory]:
        """Answer the `data` of a `message` event (docs/api.md).

        Messages come in the order of their numbers, also those that the shop typed on its phone
        (`fromMe`), and what somebody sent over the API: that comes in the same shape, `fromMe`,
        with our id, once it is accepted and again when it goes out. What handlers have sent, and
        history, never comes. The same message may be asked about again, with the same memory,
        where the server ended before the answer was stored.
        """


class HandlerFailed(Exception):  # noqa: N818 - said of it, as in the status
    """It gave no answer that can be used. `kind` is stable, `detail` for people.

    `settings`: it does not take them. `begins_not`: it cannot be loaded, or raises, hangs or dies
    before its first message. `raises`, `hangs`, `died`: as they say. `floods`: more, or longer,
    texts than may be; or too much to remember. `unreadable`: no texts at all.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail

    @property
    def is_of_a_message(self) -> bool:
        """Whether another message may well be answered; else it does not begin at all."""
        return self.kind not in ("settings", "begins_not")


def checked(reply: Mapping[str, Any]) -> Answer:
    """What the process said, if it can be used. Raises `HandlerFailed`."""
    texts, memory = reply.get("texts"), reply.get("memory")
    if not isinstance(texts, list) or not all(map(_is_text, texts)):
        raise HandlerFailed("unreadable", "texts is no list of texts")
    if not _is_memory(memory):
        raise HandlerFailed("unreadable", "memory is no JSON object")
    longest = max(map(len, texts), default=0)
    if len(texts) > MOST_TEXTS or longest > LONGEST_TEXT:
        raise HandlerFailed("floods", f"{len(texts)} texts, the longest of {longest} characters")
    return Answer(tuple(texts), memory)


def _is_text(value: object) -> bool:
    """Whether it can be sent: neither blank, nor with NUL or half of a surrogate pair."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        return False
    return not any("\ud800" <= each <= "\udfff" for each in value)


def _is_memory(value: object) -> bool:
    """Whether it can be stored: JSON has neither NaN nor infinity, which Python reads."""
    if not isinstance(value, dict | None):
        return False
    try:
        return len(json.dumps(value, allow_nan=False)) <= MOST_MEMORY
    except ValueError:
        return False
