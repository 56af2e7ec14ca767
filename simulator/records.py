"""What the simulator remembers: named byte strings that outlive a kill -9."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""


class Records(Protocol):
    """Values by kind and key. Used from one thread; every write outside a transaction is final."""

    def get(self, kind: str, key: str) -> bytes | None:
        """Return the value, or None if there is none."""

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Store the value in place of what was there."""

    def delete(self, kind: str, key: str) -> None:
        """Forget the value; nothing happens if there is none."""

    def items(self, kind: str, after: str = "") -> list[tuple[str, bytes]]:
        """Return every key of this kind above one, with its value, ordered by key."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make the writes inside happen together, or not at all if an exception leaves it.

        May be nested (the outermost decides). Nothing may be awaited inside.
        """


class SqliteRecords:
    """Records in one SQLite file; `":memory:"` keeps them in memory only.

    WAL without fsync: what was written survives the death of the process, not that of the machine.
    """

    def __init__(self, path: Path | str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(SCHEMA)
        self._depth = 0

    def get(self, kind: str, key: str) -> bytes | None:
        """Return the value, or None if there is none."""
        query = "SELECT value FROM records WHERE kind = ? AND key = ?"
        row: tuple[bytes] | None = self._database.execute(query, (kind, key)).fetchone()
        return row[0] if row else None

    def put(self, kind: str, key: str, value: bytes) -> None:
        """Store the value in place of what was there."""
        self._database.execute(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind, key, value)
        )

    def delete(self, kind: str, key: str) -> None:
        """Forget the value; nothing happens if there is none."""
        self._database.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))

    def items(self, kind: str, after: str = "") -> list[tuple[str, bytes]]:
        """Return every key of this kind above one, with its value, ordered by key."""
        query = "SELECT key, value FROM records WHERE kind = ? AND key > ? ORDER BY key"
        return self._database.execute(query, (kind, after)).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the writes inside happen together, or not at all if an exception leaves it."""
        if self._depth == 0:
            self._database.execute("BEGIN IMMEDIATE")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._end("ROLLBACK")
            raise
        self._end("COMMIT")

    def close(self) -> None:
        """Close the file; the records can't be used after that."""
        self._database.close()

    def _end(self, statement: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._database.execute(statement)
