"""Who may connect now, where many want to at once: a bounded number at a time, in order."""

from __future__ import annotations

from collections.abc import Iterable

#: Logins at once. More do not get through two cores any sooner, and WhatsApp sees no stampede.
AT_ONCE = 16
#: Seconds over which the starts that become free at once are spread.
SPREAD_SECONDS = 0.25


class Waves:
    """Empresas that wait for their turn, and those whose turn it is until they have settled."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._waiting: dict[int, None] = {}
        self._turns: set[int] = set()

    def join(self, empresa_ids: Iterable[int]) -> None:
        """Let them wait, behind those who do; who waits already keeps its place."""
        self._waiting.update(dict.fromkeys(empresa_ids))

    def next_turns(self) -> list[int]:
        """Whose turn it is now, and was not before."""
        turns = []
        while self._waiting and len(self._turns) < self._at_once:
            turns.append(next(iter(self._waiting)))
            del self._waiting[turns[-1]]
            self._turns.add(turns[-1])
        return turns

    def settled(self, empresa_id: int) -> bool:
        """It connected, or will not for now: its turn is over. Whether it had one."""
        had = empresa_id in self._turns
        self._turns.discard(empresa_id)
        return had
