"""What was said before the number was linked: kept as the phone tells it, then journalled.

WhatsApp hands it over once, and in large pieces: each is written to a file beside the credentials
at once, and becomes events bit by bit, between those that come now. What a kill cuts off begins
anew at the next start; what is in the ledger already is not numbered again.
"""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from neonize.proto.waHistorySync.WAWebProtobufsHistorySync_pb2 import HistorySync

from whatsapp.history_shape import past_messages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from whatsapp.intake import Intake
    from whatsapp.store import OwnNumber

logger = logging.getLogger("vendeai.history")

_PREFIX = "history-"
#: Messages at once, and seconds until the next: the library's handlers want the journal, too.
_SLICE = 50
_PAUSE = 0.05


class History:
    """Any thread may call; a thread of its own does the work, and ends when there is none."""

    def __init__(self, folder: Path, intake: Intake, own: Callable[[], OwnNumber | None]) -> None:
        self._folder = folder
        self._intake = intake
        self._own = own
        self._lock = threading.Lock()
        self._is_working = False
        self._pause = threading.Event()

    def arrived(self, sync: Any) -> None:
        """Keep a `HistorySync`; whatever fails is logged, and its messages are missing."""
        if not sync.conversations:
            return
        try:
            partial = self._folder / f"{_PREFIX}partial"
            partial.write_bytes(sync.SerializePartialToString())
            partial.rename(self._folder / f"{_PREFIX}{sync.syncType}-{sync.chunkOrder}")
        except OSError:
            logger.exception("what was said before cannot be kept")
            return
        self.go_on()

    def go_on(self) -> None:
        """Make events of what is there, if the number is known."""
        with self._lock:
            if not self._is_working and self._own() is not None and self._next() is not None:
                self._is_working = True
                threading.Thread(target=self._work, name="history", daemon=True).start()

    def _work(self) -> None:
        while (file := self._next_or_rest()) is not None:
            try:
                self._take(file)
            except Exception:
                logger.exception("a part of what was said before cannot be read")
            # Also of one that cannot be read: it would be the same the next time.
            file.unlink()

    def _take(self, file: Path) -> None:
        own = self._own()
        assert own is not None  # noqa: S101 - `go_on` looked
        sync = HistorySync.FromString(file.read_bytes())
        for place, event in enumerate(past_messages(sync, own), 1):
            self._intake.past(event, own)
            if place % _SLICE == 0:
                self._pause.wait(_PAUSE)

    def _next_or_rest(self) -> Path | None:
        with self._lock:
            found = self._next()
            self._is_working = found is not None
            return found

    def _next(self) -> Path | None:
        files = sorted(self._folder.glob(f"{_PREFIX}[0-9]*"))
        return files[0] if files else None
