"""What `check` has to say about a server of PostgreSQL's."""

from __future__ import annotations

from typing import Any

import psycopg

from persistence.engine import Report
from persistence.postgresql_settings import LOCKS, OWNER

#: The oldest version that is supported.
OLDEST_MAJOR = 14


def report(connection: psycopg.Connection[Any]) -> Report:
    """Its version, whether it keeps what it has committed, and who writes. Raises `psycopg.Error`.

    `synchronous_commit` is what a session begins with: ours set it themselves.
    """
    version = connection.info.server_version
    wrong, notes = [], []
    if version // 10_000 < OLDEST_MAJOR:
        wrong.append(
            f"PostgreSQL {version // 10_000} is not supported: "
            f"upgrade its server to {OLDEST_MAJOR} or later."
        )
    found = connection.execute(
        "SELECT name, reset_val FROM pg_settings"
        " WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
    )
    off = {name for name, value in found if value == "off"}
    notes += [
        f"Warning: PostgreSQL runs with {name} = off: a power loss can take back or damage what "
        "was published. Set it to on."
        for name in sorted(off - {"synchronous_commit"})
    ]
    if "synchronous_commit" in off:
        notes.append(
            "Warning: PostgreSQL runs with synchronous_commit = off. This program sets it to on "
            "for itself; what else writes there can lose its last commits."
        )
    if _is_written(connection):
        notes.append("A server uses the database: another one would be refused.")
    return Report(tuple(wrong), tuple(notes))


def _is_written(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
        " AND granted AND classid = %s AND objid = %s AND database ="
        " (SELECT oid FROM pg_database WHERE datname = current_database()))",
        (LOCKS, OWNER),
    ).fetchone()
    return bool(row and row[0])
