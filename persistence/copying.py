"""Copies of databases that others may be writing, and what a restored one needs."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import bindparam, make_url, select, update

from persistence.database import Database
from persistence.models import Empresa, EventOrder

#: Seconds to wait for a writer that holds the file for itself, which WAL does at most at its
#: first opening and its last closing.
_BUSY_SECONDS = 5.0


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite URL; None: it is another engine's."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.drivername == "sqlite" else None


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy one state of a database, for the owner's eyes only; the writer does not wait.

    The copy is one file, without side files; it has been checked, and is on the disk when this
    returns. Raises sqlite3.Error or OSError, and leaves an incomplete target then.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    original = sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS)
    with closing(original), closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise sqlite3.DatabaseError(f"{source} is damaged: {found}")
    with target.open("rb") as file:
        os.fsync(file.fileno())


def ledger_ids(database: Database) -> dict[int, str]:
    """Each empresa's. Raises `DatabaseUnavailable`."""
    reader = database.reader()
    try:
        with reader.transaction() as connection:
            rows = connection.execute(select(Empresa.id, Empresa.ledger_id))
            return {row.id: row.ledger_id for row in rows}
    finally:
        reader.close()


def revision(database: Database) -> str | None:
    """The migration that it is at. Raises `DatabaseUnavailable`."""
    reader = database.reader()
    try:
        with reader.transaction() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        reader.close()


def renew_ledger_ids(database: Database) -> int:
    """Give each ledger, and the order, a new id, as numbers went back; answers how many ledgers.

    Raises `DatabaseUnavailable`.
    """
    ids = sorted(ledger_ids(database))
    writer = database.writer()
    try:
        with writer.transaction() as connection:
            connection.execute(update(EventOrder).values(order_id=secrets.token_hex(8)))
            if ids:
                connection.execute(
                    update(Empresa).where(Empresa.id == bindparam("empresa")),
                    [{"empresa": each, "ledger_id": secrets.token_hex(16)} for each in ids],
                )
    finally:
        writer.close()
    return len(ids)
