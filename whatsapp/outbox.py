"""What a worker has to tell the server: one thread of it writes, whoever has something to say.

Journalled events come out of the journal, a bounded number of them ahead of their confirmation:
the server is never flooded, and what it has not confirmed waits on disk.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import traceback
from collections import deque
from typing import TYPE_CHECKING

from whatsapp import exit_codes
from whatsapp.frames import encode_frame
from whatsapp.port import ClientEvent

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from whatsapp.journal import Journal

#: Journalled events that may be under way to the ledger at once.
WINDOW = 256


class Outbox:
    """Tells `first`, then what the journal holds. Every method may be called on any thread.

    Where the journal cannot be read or tidied it calls `journal_failed`, and tells nothing more.
    """

    def __init__(
        self,
        channel: socket.socket,
        journal: Journal,
        first: ClientEvent,
        journal_failed: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._journal = journal
        self._journal_failed = journal_failed
        self._changed = threading.Condition()
        self._reports: deque[Callable[[], ClientEvent]] = deque([lambda: first])
        self._busy = False
        self._is_over = False
        self._fresh = True
        self._sent_up_to = 0
        self._under_way: deque[int] = deque()
        threading.Thread(target=self._run, name="outbox", daemon=True).start()

    def report(self, event: ClientEvent) -> None:
        """Tell the server, in the order of these calls."""
        self.report_made(lambda: event)

    def report_made(self, make: Callable[[], ClientEvent]) -> None:
        """As `report`, of an event that costs something to make: it is made on our thread."""
        with self._changed:
            self._reports.append(make)
            self._changed.notify_all()

    def journal_has_more(self) -> None:
        """An event was appended."""
        with self._changed:
            self._fresh = True
            self._changed.notify_all()

    def confirmed(self, entry_id: int) -> None:
        """The server has taken everything up to this entry."""
        with self._changed:
            while self._under_way and self._under_way[0] <= entry_id:
                self._under_way.popleft()
            self._changed.notify_all()

    def flush(self, seconds: float) -> bool:
        """Wait until every report so far is written (not the journal), or nobody reads them.

        False: it took longer.
        """
        with self._changed:
            return self._changed.wait_for(
                lambda: self._is_over or not (self._reports or self._busy), seconds
            )

    def _run(self) -> None:
        patience: float | None = None
        try:
            while True:
                self._wait(patience)
                self._send_reports()
                self._send_entries()
                patience = self._journal.tidy()
        except sqlite3.Error:
            traceback.print_exc()
            self._end()
            self._journal_failed()
        except ConnectionError:
            # The server is gone; the main thread notices as well, and leaves in order.
            self._end()
        except BaseException:  # noqa: BLE001 - a worker that cannot report is of no use
            traceback.print_exc()
            os._exit(exit_codes.CRASHED)

    def _end(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _wait(self, seconds: float | None) -> None:
        with self._changed:
            self._busy = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._reports or (self._fresh and self._room()), seconds)

    def _room(self) -> int:
        return WINDOW - len(self._under_way)

    def _send_reports(self) -> None:
        while make := self._next_report():
            self._channel.sendall(encode_frame(make()))

    def _next_report(self) -> Callable[[], ClientEvent] | None:
        with self._changed:
            # Under the lock, or a report could be neither waiting nor under way to `flush`.
            self._busy = bool(self._reports)
            return self._reports.popleft() if self._reports else None

    def _send_entries(self) -> None:
        with self._changed:
            room = self._room() if self._fresh else 0
            if room:
                self._fresh = False
        entries = self._journal.unconfirmed(self._sent_up_to, room) if room else []
        with self._changed:
            # As many as were asked for: there may be more.
            self._fresh = self._fresh or (room > 0 and len(entries) == room)
            self._under_way.extend(entry.entry_id for entry in entries)
        for entry in entries:
            self._sent_up_to = entry.entry_id
            self._channel.sendall(encode_frame(entry))
