"""A connection to PostgreSQL that waits for no answer longer than it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg import errors, waiting
from psycopg.abc import PQGen

T = TypeVar("T")

#: Seconds for a server to answer a statement. Its own statement_timeout is shorter: a server that
#: works says itself what it waited for. Less than half of what an actor may be busy for.
ANSWER_SECONDS = 12.0

#: The same for a reader: who asked it waits for 5 s.
READER_SECONDS = 4.0


class ServerSilent(psycopg.OperationalError):
    """The server has not answered; another connection to it would not be answered either."""


class BoundedConnection(psycopg.Connection[Any]):
    """Gives up a server that does not answer, whatever the reason.

    The kernel of a server that is stopped, or whose disk hangs, still acknowledges what it is sent:
    neither the server's own timeouts nor those of TCP hold then. The socket is closed, and
    `ServerSilent` raised; nobody knows whether a commit that was under way is carried out.
    """

    most_seconds: float | None = None
    """For an answer, where that is less than `ANSWER_SECONDS`."""
    is_alive: Callable[[], bool] | None = None
    """Asked before a server is given up: True lets the statement go on for as long again."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """See psycopg, which does everything here; a shorter `timeout` of its own stays its own."""
        seconds = min(ANSWER_SECONDS, self.most_seconds or ANSWER_SECONDS)
        if timeout is not None and timeout < seconds:
            return super().wait(gen, interval, timeout)
        resumable = _resumable(gen)
        while True:
            try:
                return super().wait(resumable, interval, seconds)
            except errors._WaitTimeout:  # noqa: SLF001 - psycopg: "callers should handle it"
                if self.is_alive is None or not self.is_alive():
                    self.pgconn.finish()
                    raise ServerSilent(
                        f"the server has not answered for {seconds:g} seconds"
                    ) from None


def _resumable(gen: PQGen[T]) -> PQGen[T]:
    """The same, and each wait may begin anew in its middle: it begins with `next`."""
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            wanted = gen.send(ready or waiting.READY_NONE)
    except StopIteration as end:
        result: T = end.value
        return result
