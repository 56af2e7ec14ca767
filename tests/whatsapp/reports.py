"""What a client reports, collected for a test that waits for it."""

from __future__ import annotations

import threading
from typing import TypeVar

from whatsapp.port import ClientEnded, ClientEvent

DEADLINE = 20.0

E = TypeVar("E", bound=ClientEvent)


class Reports:
    """The report of one client; checks that nothing comes after its end."""

    def __init__(self) -> None:
        self.events: list[ClientEvent] = []
        self._changed = threading.Condition(threading.RLock())

    def __call__(self, event: ClientEvent) -> None:
        with self._changed:
            assert not any(isinstance(before, ClientEnded) for before in self.events)
            self.events.append(event)
            self._changed.notify_all()

    def of(self, kind: type[E]) -> list[E]:
        """Those of a kind until now."""
        with self._changed:
            return [event for event in self.events if isinstance(event, kind)]

    def wait_for(self, kind: type[E], times: int = 1) -> E:
        """The event of that kind that is the so-manieth; TimeoutError after the deadline."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.of(kind)) >= times, DEADLINE)
            found = self.of(kind)
            if len(found) < times:
                raise TimeoutError(f"no {kind.__name__} number {times} among {self.events}")
            return found[times - 1]
