"""Journal and ledger, both real, under any interleaving of what may happen to them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from sqlalchemy import Connection

from persistence import empresas, ledger, retention
from persistence.database import Access
from persistence.values import NewEvent
from tests.databases import TestDatabase
from whatsapp.journal import Journal
from whatsapp.port import Journalled

AT = datetime(2026, 11, 24, 14, 16, 54, tzinfo=UTC)

#: Few enough for every message to be delivered more than once.
MESSAGES = st.integers(min_value=1, max_value=12).map(str)
SOME = st.integers(min_value=1, max_value=5)


class CommitFailedError(Exception):
    """The database refused at the last moment."""


class Delivery(RuleBasedStateMachine):
    """One empresa: worker and journal, the pipe, the archive's transaction, the confirmation."""

    def __init__(self, writer: Access, empresa_id: int, folder: Path) -> None:
        super().__init__()
        self._writer = writer
        self._empresa_id = empresa_id
        self._folder = folder
        self._crashes = 0
        self._open_journal(folder / "journal")
        self._sent_up_to = 0
        self._pipe: list[Journalled] = []
        self._confirmations: list[int] = []
        self._said: list[str] = []
        self._removed = 0

    def _open_journal(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "journal.db"
        self._journal = Journal(self._path)

    @rule(message=MESSAGES)
    def whatsapp_delivers(self, message: str) -> None:
        """For the first time, or again: whenever it likes."""
        self._journal.append("message", message, AT, {"id": message}, b"raw")
        if message not in self._said:
            self._said.append(message)

    @rule(count=SOME)
    def the_worker_sends(self, count: int) -> None:
        entries = self._journal.unconfirmed(self._sent_up_to, count)
        self._pipe += entries
        if entries:
            self._sent_up_to = entries[-1].entry_id

    @rule(count=SOME)
    def the_archive_commits(self, count: int) -> None:
        group = self._pipe[:count]
        self._commit(group, lambda: None)
        self._pipe = self._pipe[count:]
        if group:
            self._confirmations.append(max(entry.entry_id for entry in group))

    @rule(count=SOME)
    def the_archive_cannot_commit(self, count: int) -> None:
        def fail() -> None:
            raise CommitFailedError

        try:
            self._commit(self._pipe[:count], fail)
        except CommitFailedError:
            return
        raise AssertionError

    @rule()
    def the_archive_dies_after_its_commit(self) -> None:
        self._commit(self._pipe[:2], lambda: None)
        self.the_server_is_killed()

    @rule()
    def the_worker_hears_of_a_commit(self) -> None:
        if self._confirmations:
            self._journal.confirm(self._confirmations.pop(0))

    @rule(arrived=SOME)
    def the_worker_is_killed(self, arrived: int) -> None:
        """The archive has what arrived; the successor begins with its journal's first entry."""
        self._pipe = self._pipe[:arrived]
        self._crash()

    @rule()
    def the_server_is_killed(self) -> None:
        """Its workers go with it."""
        self._pipe = []
        self._writer.close()
        self._crash()

    @rule(kept=st.integers(min_value=0, max_value=4))
    def retention_runs(self, kept: int) -> None:
        with self._writer.transaction() as connection:
            empresas.ensure(connection, [self._empresa_id])
            head = ledger.head(connection, self._empresa_id)
            assert head is not None
            up_to = head.last_seq - kept
            if up_to > self._removed:
                self._check(stored_in(connection, self._empresa_id))
                retention.remove(connection, self._empresa_id, up_to, AT)
                self._removed = up_to

    def teardown(self) -> None:
        """In the end all is delivered, if only by another worker."""
        self.the_worker_is_killed(len(self._pipe))
        while self._journal.unconfirmed(0, 1):
            self.the_worker_sends(5)
            self.the_archive_commits(5)
            self.the_worker_hears_of_a_commit()
        with self._writer.transaction() as connection:
            empresas.ensure(connection, [self._empresa_id])
            stored = stored_in(connection, self._empresa_id)
        self._check(stored)
        assert self._removed + len(stored) == len(self._said), "one is missing, or comes twice"
        self._journal.close()
        shutil.rmtree(self._folder)

    def _check(self, stored: list[tuple[int, str]]) -> None:
        """What is stored is what was said, in order, each once, numbered without holes."""
        first = self._removed + 1
        expected = list(enumerate(self._said[self._removed :], first))[: len(stored)]
        assert stored == expected

    def _commit(self, group: list[Journalled], then: Callable[[], None]) -> None:
        events = [NewEvent(e.kind, e.at, e.data, e.key, e.entry_id) for e in group]
        with self._writer.transaction() as connection:
            heads = empresas.ensure(connection, [self._empresa_id])
            ledger.append(connection, heads, {self._empresa_id: events})
            then()

    def _crash(self) -> None:
        """Go on with what the kernel has of the journal's files at this moment."""
        self._crashes += 1
        image = self._folder / f"crash-{self._crashes}"
        image.mkdir(parents=True)
        for name in ("journal.db", "journal.db-wal"):
            found = self._path.with_name(name)
            if found.exists():
                shutil.copy(found, image / name)
        self._journal.close()
        self._open_journal(image)
        self._sent_up_to = 0
        self._confirmations = []


def stored_in(connection: Connection, empresa_id: int) -> list[tuple[int, str]]:
    """Number and message of each event that is there."""
    page = ledger.page(connection, empresa_id, 0, 1000)
    assert page is not None
    return [(event.seq, event.data["id"]) for event in page.events]


def test_whatever_happens_each_message_is_numbered_once_and_in_order(
    site: TestDatabase, tmp_path: Path
) -> None:
    writer = site.database().writer()
    numbers = itertools.count(1)

    def machine() -> Delivery:
        empresa_id = next(numbers)
        return Delivery(writer, empresa_id, tmp_path / str(empresa_id))

    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]
        settings=settings(
            max_examples=40,
            stateful_step_count=30,
            deadline=None,
            # To shrink a failure takes minutes, as each try is real files and real commits.
            phases=[Phase.reuse, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
    writer.close()
