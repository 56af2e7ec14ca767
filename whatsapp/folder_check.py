"""What is to be found out about an empresa's folder from outside; nothing in it is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from whatsapp.folder import EmpresaFolder, FolderInUseError, locked

if TYPE_CHECKING:
    from pathlib import Path


def is_held(lock: Path) -> bool:
    """Whether a process holds this lock now."""
    if not lock.exists():
        return False
    try:
        with locked(lock):
            return False
    except FolderInUseError:
        return True


def unconfirmed(folder: EmpresaFolder) -> int:
    """How many events its journal holds. Raises sqlite3.Error."""
    if not folder.journal.exists():
        return 0
    with closing(_open(folder.journal)) as connection:
        has_table = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'entries'")
        if has_table.fetchone() is None:
            return 0
        count: int = connection.execute("SELECT count(*) FROM entries").fetchone()[0]
        return count


def store_trouble(folder: EmpresaFolder) -> str | None:
    """Why a client could not use the credentials, in a few words; None: it could, or would pair."""
    try:
        database = folder.linked_database()
        if database is not None:
            with closing(_open(database)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        return str(error)
    return None


def _open(database: Path) -> sqlite3.Connection:
    uri = f"file:{quote(str(database))}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
