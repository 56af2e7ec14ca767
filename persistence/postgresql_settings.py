"""How sessions of ours on PostgreSQL are set, and the numbers of their locks."""

from __future__ import annotations

from persistence import sqlite

#: Advisory locks are numbers; these two are "Vend" and a purpose.
LOCKS = 0x56656E64
OWNER, MIGRATION = 1, 2

#: Seconds for a connection to be there: the archive's thread waits for it.
CONNECT_SECONDS = 3

FOR_ALL = {
    "TimeZone": "UTC",
    # As long as SQLite waits for a lock, and for the same reason.
    "lock_timeout": f"{sqlite.BUSY_MILLISECONDS}ms",
    "statement_timeout": "10s",
    # Where this machine is gone, its lock must not stay: its successor waits for it.
    "idle_in_transaction_session_timeout": "30s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25s",
}
FOR_A_READER = {
    # A page is in time, or refused, before who asked for it gives up.
    "statement_timeout": "3s",
    # Head and events of a page are of one moment.
    "default_transaction_isolation": "repeatable read",
    "default_transaction_read_only": "on",
}
FOR_A_WRITER = {"default_transaction_isolation": "read committed"}
FOR_A_MIGRATION = FOR_A_WRITER | {"statement_timeout": "0", "lock_timeout": "2s"}

#: As the others wait, so do we: a link that is dead is noticed within half a minute.
OF_LIBPQ = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
    "client_encoding": "UTF8",
}
