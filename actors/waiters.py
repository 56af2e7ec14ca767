"""Those who wait for an empresa's next events, each with a reply that is settled once."""

from __future__ import annotations

import time

from actors.reply import Reply

#: Seconds after which nobody waits any more (a long poll lasts 30).
WAITER_SECONDS = 60.0


class Waiters:
    """Used by one broadcast."""

    def __init__(self) -> None:
        self._replies: list[tuple[float, Reply]] = []

    def add(self) -> Reply:
        """One more; those whose time is over are forgotten."""
        now = time.monotonic()
        self._replies = [(until, reply) for until, reply in self._replies if until > now]
        reply = Reply()
        self._replies.append((now + WAITER_SECONDS, reply))
        return reply

    def answer(self, answer: object = None) -> None:
        """Settle all of them: they look at the ledger again, and wait again if need be."""
        replies, self._replies = self._replies, []
        for _, reply in replies:
            reply.settle(answer)
