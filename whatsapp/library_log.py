"""The Go library's log, as records of the worker's."""

from __future__ import annotations

import logging
import queue
import re
import threading
from typing import Any

_LEVELS = {"DEBUG": 10, "INFO": 20, "WARN": 30, "WARNING": 30, "ERROR": 40}
#: whatsmeow tells of these refusals by its log alone, and reconnects.
_REFUSAL = re.compile(r"Got (\d{3})\S* (stream error|connect failure), assuming")


class LibraryLog:
    """Takes entries in the library's thread and writes them on one of its own.

    The library stands still in its callback: a full pipe may not hold it up.
    """

    def __init__(self) -> None:
        self._entries: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._refusal: str | None = None
        threading.Thread(target=self._run, name="library-log", daemon=True).start()

    def add(self, entry: Any) -> None:
        """Take in one of the library's `LogEntry`."""
        refusal = _REFUSAL.match(entry.Message)
        if refusal:
            self._refusal = f"WhatsApp answered {refusal[1]}"
        self._entries.put(entry)

    def take_refusal(self) -> str | None:
        """What WhatsApp has refused since this was last asked, as a sentence."""
        refusal, self._refusal = self._refusal, None
        return refusal

    def _run(self) -> None:
        while True:
            entry = self._entries.get()
            name = entry.Name.replace("/", ".")
            level = _LEVELS.get(entry.Level.upper(), logging.INFO)
            logging.getLogger(f"whatsmeow.{name}").log(level, "%s", entry.Message)
