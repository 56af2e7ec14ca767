"""Those who wait for the next event, whichever empresa's it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from actors.errors import Unavailable
from actors.reply import Refused
from actors.waiters import Waiters

if TYPE_CHECKING:
    from actors.reply import Reply


class Followers:
    """Used by the archive alone. `read` answers the last position that is stored."""

    def __init__(self, read: Callable[[], int]) -> None:
        self._read = read
        self._last: int | None = None
        self._waiters = Waiters()

    def wait(self, after: int) -> Reply | None:
        """None where an event beyond this position is stored already. May raise what `read` does.

        Only before the first commit of an archive's life does it read.
        """
        if self._last is None:
            self._last = self._read()
        return None if self._last > after else self._waiters.add()

    def stored(self, last: int | None) -> None:
        """Events up to this position are committed; None: no new ones."""
        if last is not None:
            self._last = last
            self._waiters.answer()

    def refuse(self) -> None:
        """Tell them that nobody will answer."""
        self._waiters.answer(Refused(Unavailable()))
