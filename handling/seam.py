"""What a message handler is, and what passes between it and the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

#: Texts that are sent for one message, and characters of each.
MOST_TEXTS = 10
LONGEST_TEXT = 4096
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
        """Raise `ValueError` where the settings cannot be."""

    def answer(
        self, message: Mapping[str, Any], memory: Memory, now: datetime
    ) -> tuple[Sequence[str], Memory]:
        """Answer the `data` of a `message` event (docs/api.md).

        Messages come in the order of their numbers, those that the shop typed on its phone too.
        The same message may be asked about again, with the same memory, where the server ended
        before the answer was stored.
        """


class HandlerFailed(Exception):  # noqa: N818 - said of it, as in the status
    """It gave no answer that can be used. `kind` is stable, `detail` for people.

    `settings`: it does not take them. `raises`, `hangs`, `died`: as they say. `floods`: more, or
    longer, texts than may be; or too much to remember. `unreadable`: no texts at all.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        self.detail = detail


def checked(reply: Mapping[str, Any]) -> Answer:
    """What the process said, if it can be used. Raises `HandlerFailed`."""
    texts, memory = reply.get("texts"), reply.get("memory")
    if not isinstance(texts, list) or not all(isinstance(each, str) and each for each in texts):
        raise HandlerFailed("unreadable", "texts is no list of texts")
    if not isinstance(memory, dict | None):
        raise HandlerFailed("unreadable", "memory is no JSON object")
    longest = max(map(len, texts), default=0)
    if len(texts) > MOST_TEXTS or longest > LONGEST_TEXT:
        raise HandlerFailed("floods", f"{len(texts)} texts, the longest of {longest} characters")
    return Answer(tuple(texts), memory)
