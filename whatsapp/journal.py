"""The journal of one empresa: what reached the worker and is not in the ledger yet.

WhatsApp counts a message as delivered before the library's handler is through with it, so the
handler's first act is to append it here. An entry is gone only once the ledger has committed.

Survives the kill of any process. `synchronous=NORMAL`: a power loss can take the entries since
the last checkpoint; an fsync for each would hold up every message behind it.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from whatsapp.port import JournalKind, Journalled

if TYPE_CHECKING:
    from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used twice, also after all are gone
    kind TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    data TEXT NOT NULL,
    raw BLOB NOT NULL, -- the library's own protobuf, for what `data` does not carry yet
    own TEXT, -- the number that was linked then
    source TEXT -- where the file of a message is to be had
)
"""
#: Bytes of a message's protobuf up to which it is reported beside its data: in base64 both fit a
#: frame, and thousands of them the server's memory.
_MOST_RAW = 128 * 1024
#: Writes after which the write-ahead log is emptied at the next quiet moment, and at any: about
#: 4 and 40 MiB of it.
_WRITES_PER_CHECKPOINT = 300
_MOST_WRITES = 3000
#: Seconds without a write that make a moment quiet.
_QUIET_SECONDS = 0.5


class Journal:
    """Every method may raise sqlite3.Error (the disk is full or gone). Any thread may call."""

    def __init__(self, path: Path) -> None:
        self._writer = _connect(path)
        self._writer_lock = threading.Lock()
        self._reader = _connect(path)
        self._reader_lock = threading.Lock()
        self._writes = 0
        self._written_at = 0.0
        self._writer.execute(_SCHEMA)
        known = {row[1] for row in self._writer.execute("PRAGMA table_info(entries)")}
        for column in ("own", "source"):
            if column not in known:
                # Of an earlier release, and perhaps not empty.
                self._writer.execute(f"ALTER TABLE entries ADD COLUMN {column} TEXT")

    def append(
        self,
        kind: JournalKind,
        key: str,
        at: datetime,
        data: dict[str, Any],
        raw: bytes,
        own: str | None = None,
        source: dict[str, Any] | None = None,
    ) -> bool:
        """Keep an event; once this returns, a kill does not lose it. False: it is kept already."""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        with self._writer_lock:
            cursor = self._writer.execute(
                "INSERT INTO entries (kind, key, at, data, raw, own, source)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                (kind, key, at.isoformat(), text, raw, own, json.dumps(source) if source else None),
            )
            self._count_write()
            return cursor.rowcount == 1

    def confirm(self, entry_id: int) -> None:
        """Drop every entry up to this one."""
        with self._writer_lock:
            self._writer.execute("DELETE FROM entries WHERE id <= ?", (entry_id,))
            self._count_write()

    def unconfirmed(self, after: int, limit: int) -> list[Journalled]:
        """Entries with a greater id than `after`, oldest first."""
        with self._reader_lock:
            rows = self._reader.execute(
                "SELECT id, kind, key, at, data, own, source,"
                " CASE WHEN kind IN ('message', 'sent') AND length(raw) <= ? THEN raw END"
                " FROM entries WHERE id > ? ORDER BY id LIMIT ?",
                (_MOST_RAW, after, limit),
            ).fetchall()
        return [_entry(*row) for row in rows]

    def tidy(self) -> float | None:
        """Empty the write-ahead log if it has grown; seconds until that is to be tried again.

        Costs an fsync, behind which an append can stand: so never in the library's handler, and
        not in a burst unless it lasts. None: there is no need.
        """
        if self._writes < _WRITES_PER_CHECKPOINT:
            return None
        quiet_in = self._written_at + _QUIET_SECONDS - time.monotonic()
        if quiet_in > 0 and self._writes < _MOST_WRITES:
            return quiet_in
        self._writes = 0
        with self._reader_lock:
            self._reader.execute("PRAGMA wal_checkpoint(PASSIVE)")
        return None

    def close(self) -> None:
        """No further use."""
        with self._writer_lock, self._reader_lock:
            self._writer.close()
            self._reader.close()

    def _count_write(self) -> None:
        self._writes += 1
        self._written_at = time.monotonic()


def _entry(
    entry_id: int,
    kind: JournalKind,
    key: str,
    at: str,
    data: str,
    own: str | None,
    source: str | None,
    raw: bytes | None,
) -> Journalled:
    where = json.loads(source) if source else None
    moment = datetime.fromisoformat(at)
    return Journalled(entry_id, kind, key, moment, json.loads(data), own, raw, where)


def _connect(path: Path) -> sqlite3.Connection:
    # Autocommit, one statement a transaction; the locks above keep each connection to one
    # thread at a time.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    return connection
