"""Being online at WhatsApp for as long as somebody has a use for it, and whom it tells us of.

WhatsApp tells who types, and who is online, only to devices that are online themselves; and while
one is, the shop's phone shows no notifications. So it is for a while at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from whatsapp.jids import Person

if TYPE_CHECKING:
    from whatsapp.neonize_signals import NeonizeSignals

#: Chats that are followed at once; beyond them the one that was asked for first is given up.
MOST_FOLLOWED = 256


class Followed(NamedTuple):
    """A chat, for a while."""

    who: Person
    until: float


class Availability:
    """Used by one thread, where nothing else is said. Raises what the library does."""

    def __init__(self, library: NeonizeSignals, now: Callable[[], float] = time.monotonic) -> None:
        self._library = library
        self._now = now
        self._followed: dict[str, Followed] = {}
        self._until = 0.0
        self._is_online = False

    @property
    def is_used(self) -> bool:
        """Whether it ever was online. On any thread."""
        return self._until > 0

    @property
    def is_over(self) -> bool:
        """Whether `rest` would do something. On any thread."""
        return self._is_online and self._now() >= self._until

    def whose(self, chat: str | None) -> Person | None:
        """Who is in a chat that is followed. On any thread."""
        found = self._followed.get(chat or "")
        return found.who if found else None

    def be_online(self, seconds: float) -> None:
        """For so long at least."""
        self._until = max(self._until, self._now() + seconds)
        if not self._is_online:
            self._library.set_online(is_online=True)
            self._is_online = True

    def follow(self, chat: str, who: Person, seconds: float) -> None:
        """For so long hear of a person, and be online; of a group the latter does."""
        self.be_online(seconds)
        self._followed.pop(chat, None)
        self._followed[chat] = Followed(who, self._now() + seconds)
        if len(self._followed) > MOST_FOLLOWED:
            del self._followed[next(iter(self._followed))]
        self._subscribe(chat)

    def rest(self) -> None:
        """Be online no more, where nobody has a use for it."""
        if self.is_over:
            self._library.set_online(is_online=False)
            self._is_online = False
            self._followed.clear()

    def came_up(self) -> None:
        """A connection is new: WhatsApp has forgotten all of it."""
        self._is_online = False
        now = self._now()
        self._followed = {k: v for k, v in self._followed.items() if v.until > now}
        if self._until > now:
            self.be_online(0.0)
            for chat in self._followed:
                self._subscribe(chat)

    def _subscribe(self, chat: str) -> None:
        if not chat.endswith("@g.us"):
            self._library.subscribe(chat)
