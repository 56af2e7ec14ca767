"""Events on their way into the ledger, while something is done to the server's files."""

from __future__ import annotations

import random
import threading
from typing import Self

from persistence.database import Database
from settings import Settings
from tests.commands.places import AT, event, recorded
from whatsapp.folder import EmpresaFolder
from whatsapp.journal import Journal
from whatsapp.port import Journalled


class Traffic:
    """Through the journal of empresa 5, as worker and server do it."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.journalled = 0
        self._database = Database(settings.database_url)
        self._journal = Journal(EmpresaFolder(settings.auth_dir, 5).journal)
        self._random = random.Random(seed)  # noqa: S311 - a printed seed
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._receive, self._record)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        self._journal.close()

    def _receive(self) -> None:
        while not self._is_over.wait(self._random.random() / 2000):
            key = str(self.journalled + 1)
            assert self._journal.append("message", key, AT, {}, b"")
            self.journalled += 1

    def _record(self) -> None:
        while not self._is_over.is_set():
            entries = self._journal.unconfirmed(0, self._random.randint(1, 30))
            deliver(self._database, entries)
            if entries and self._random.random() < 0.9:
                self._journal.confirm(entries[-1].entry_id)


def deliver(database: Database, entries: list[Journalled]) -> None:
    recorded(database, 5, *(event(entry.key) for entry in entries))
