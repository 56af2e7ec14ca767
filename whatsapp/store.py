"""What the library's own database says about the device that is linked in it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path

#: Seconds to wait for a writer of the same database in another process.
_BUSY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class OwnNumber:
    """Both identities of an account."""

    phone: str
    """E.164."""
    lid: str | None
    """As `123@lid`; None while WhatsApp has not told it."""


def linked_number(database: Path) -> OwnNumber | None:
    """Whose device is stored there; None if none is, or if there is no such database.

    Raises sqlite3.Error or OSError where that cannot be found out (no descriptors, no room for
    SQLite's own files, a damaged file): it must not pass for None, or the credentials are removed.
    Never to be called in a process in which the library has the database open: two copies of
    SQLite in one process take one another's locks away.
    """
    if not database.exists():
        return None
    uri = f"file:{quote(str(database))}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as connection:
            row = connection.execute("SELECT jid, lid FROM whatsmeow_device LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        # Made, and no table in it yet; or removed at this very moment.
        if "no such table" in str(error) or not database.exists():
            return None
        raise
    if row is None:
        return None
    jid, lid = row
    return OwnNumber(phone=f"+{_user(jid)}", lid=f"{_user(lid)}@lid" if lid else None)


def _user(jid: str) -> str:
    """The user part of `user.agent:device@server`."""
    return jid.partition("@")[0].partition(":")[0].partition(".")[0]
