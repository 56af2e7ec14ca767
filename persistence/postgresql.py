"""Everything that is PostgreSQL's own: its connections, its locks, its errors."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from persistence import postgresql_errors, postgresql_report, postgresql_settings, sqlite
from persistence.engine import Report
from persistence.errors import DatabaseTaken, DatabaseUnavailable, DatabaseUnusable
from persistence.json_text import as_text
from persistence.postgresql_connection import READER_SECONDS, BoundedConnection, ServerSilent


class PostgresDatabase:
    """A database on a server of PostgreSQL; see `DatabaseEngine`.

    **One server of ours per database.** Whoever writes holds an advisory lock, and holds it on
    the very connection that writes: with the connection the lock is gone, and with the lock
    nothing can be written. So two can never number events at the same time, whatever becomes
    of machines and networks; it only needs a pooler in between to keep sessions whole.
    """

    def __init__(self, url: URL) -> None:
        dialect = url.set(drivername="postgresql+psycopg").get_dialect()()
        _, self._arguments = dialect.create_connect_args(url)
        self._name = url.set(drivername="postgresql", password=None, query={}).render_as_string()
        # A connection of ours that the server still believes in can be told from another's.
        self._application = f"vendeai {secrets.token_hex(8)}"
        self._claim_lock = threading.Lock()
        self._claimed: psycopg.Connection[Any] | None = None

    @property
    def name(self) -> str:
        """Server, user and database."""
        return self._name

    def create(self) -> None:
        """See that it is there and keeps any text; making it is its administrator's affair."""
        try:
            with self._connect(postgresql_settings.FOR_A_READER) as connection:
                row = connection.execute("SHOW server_encoding").fetchone()
        except psycopg.Error as error:
            raise DatabaseUnusable(
                f"The database {self.name} cannot be opened ({self.safe_text(error)}): "
                "start its server, make the database, or correct VENDEAI_DATABASE_URL."
            ) from None
        if row is None or row[0] != "UTF8":
            raise DatabaseUnusable(
                f"The database {self.name} does not keep every text: make one with "
                "ENCODING 'UTF8' and TEMPLATE template0."
            )

    def exists(self) -> bool:
        """What there is, is found out by opening it."""
        return True

    def writer(self) -> Engine:
        """Its connection holds the owner's lock. Opening it may raise `DatabaseTaken`."""
        return self._engine(self._connect_as_owner)

    def reader(self) -> Engine:
        """See `DatabaseEngine`."""
        return self._engine(self._connect_to_read)

    def migrator(self) -> Engine:
        """See `DatabaseEngine`."""
        return self._engine(self._connect_to_migrate)

    def identity(self) -> tuple[int, int]:
        """A connection knows by itself."""
        return (0, 0)

    def ping(self, connection: Connection) -> None:
        """One way there and back."""
        try:
            connection.exec_driver_sql("SELECT 1")
        except DBAPIError as error:
            if isinstance(error.orig, ServerSilent):
                raise DatabaseUnavailable(postgresql_errors.sentence(error.orig)) from error
            raise
        connection.rollback()

    def claim(self) -> None:
        """The connection is kept for the first writer."""
        with self._claim_lock:
            if self._claimed is None or self._claimed.broken:
                try:
                    self._claimed = self._owner()
                except psycopg.Error as error:
                    sentence = postgresql_errors.sentence(error)
                    raise DatabaseUnavailable(sentence) from error

    def release(self) -> None:
        """Close the connection that no writer has taken."""
        with self._claim_lock:
            claimed, self._claimed = self._claimed, None
        if claimed is not None:
            claimed.close()

    @contextmanager
    def migration_lock(self) -> Iterator[None]:
        """An advisory lock on a connection of its own."""
        with self._connect(postgresql_settings.FOR_A_MIGRATION) as connection:
            deadline = time.monotonic() + sqlite.MIGRATION_LOCK_SECONDS
            while not _try_lock(connection, postgresql_settings.MIGRATION):
                if time.monotonic() > deadline:
                    raise DatabaseUnusable(
                        f"Another start is migrating {self.name} and does not end: end it first."
                    )
                time.sleep(0.05)
            yield

    def back_up(self, name: str) -> str | None:
        """None: PostgreSQL's own tools do that, as its administrator sets them up."""
        del name
        return None

    def scrub(self) -> bool:
        """Deleted rows go with the next vacuum, of which the server itself sees to it."""
        return True

    def broken_reference(self, connection: Connection) -> str | None:
        """None: PostgreSQL never lets one come about."""
        del connection
        return None

    def report(self) -> Report:
        """Of the server; see `postgresql_report`."""
        try:
            with self._connect(postgresql_settings.FOR_A_READER) as connection:
                return postgresql_report.report(connection)
        except psycopg.Error as error:
            raise DatabaseUnusable(
                f"The database {self.name} cannot be looked at ({self.safe_text(error)})."
            ) from None

    def trouble(self, error: DBAPIError) -> str | None:
        """See `DatabaseEngine`."""
        return postgresql_errors.trouble(error)

    def safe_text(self, error: BaseException | None) -> str:
        """An error in one line, without the password."""
        text = " ".join(str(error).split())
        password = self._arguments.get("password")
        return text.replace(str(password), "***") if password else text

    def _engine(self, connect: Any) -> Engine:
        return create_engine(
            "postgresql+psycopg://",
            creator=connect,
            poolclass=NullPool,
            hide_parameters=True,  # an error's text goes to the log, a customer's does not
        )

    def _connect_to_read(self) -> psycopg.Connection[Any]:
        connection = self._connect(postgresql_settings.FOR_A_READER)
        connection.most_seconds = READER_SECONDS
        return connection

    def _connect_to_migrate(self) -> psycopg.Connection[Any]:
        # A big table may take its time, for as long as the server lets others in meanwhile.
        connection = self._connect(postgresql_settings.FOR_A_MIGRATION)
        connection.is_alive = self._lets_in
        return connection

    def _lets_in(self) -> bool:
        try:
            self._connect(postgresql_settings.FOR_A_READER).close()
        except psycopg.Error:
            return False
        return True

    def _connect(self, settings: dict[str, str]) -> BoundedConnection:
        ours = postgresql_settings.OF_LIBPQ | {"application_name": self._application}
        arguments: dict[str, Any] = {**ours, **self._arguments}
        connection = BoundedConnection.connect(**arguments)
        set_json_dumps(as_text, connection)
        set_json_loads(as_text, connection)
        try:
            for name, value in (postgresql_settings.FOR_ALL | settings).items():
                connection.execute("SELECT set_config(%s, %s, false)", (name, value))
            # Each commit reaches the disk, as with SQLite; stronger settings stay.
            connection.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
            connection.commit()
        except BaseException:
            connection.close()
            raise
        return connection

    def _connect_as_owner(self) -> psycopg.Connection[Any]:
        with self._claim_lock:
            claimed, self._claimed = self._claimed, None
        if claimed is not None and not claimed.closed:
            return claimed
        return self._owner()

    def _owner(self) -> psycopg.Connection[Any]:
        connection = self._connect(postgresql_settings.FOR_A_WRITER)
        try:
            if _try_lock(connection, postgresql_settings.OWNER):
                return connection
            self._end_our_own(connection)
            if _try_lock(connection, postgresql_settings.OWNER):
                return connection
        except BaseException:
            connection.close()
            raise
        connection.close()
        raise DatabaseTaken

    def _end_our_own(self, connection: psycopg.Connection[Any]) -> None:
        """End a session of this very server's that lost its connection and does not know it."""
        connection.execute(
            "SELECT pg_terminate_backend(holder.pid, 1000) FROM pg_locks holder"
            " JOIN pg_stat_activity session ON session.pid = holder.pid"
            " WHERE holder.locktype = 'advisory' AND holder.objsubid = 2"
            " AND session.datname = current_database()"
            " AND holder.classid = %s AND holder.objid = %s AND session.application_name = %s",
            (postgresql_settings.LOCKS, postgresql_settings.OWNER, self._application),
        )
        connection.commit()


def _try_lock(connection: psycopg.Connection[Any], which: int) -> bool:
    row = connection.execute(
        "SELECT pg_try_advisory_lock(%s, %s)", (postgresql_settings.LOCKS, which)
    ).fetchone()
    connection.commit()
    return bool(row and row[0])
