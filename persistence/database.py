"""The database by its URL: migrations, and the connections of its writer and its readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)

from persistence import sqlite
from persistence.errors import DatabaseUnavailable, DatabaseUnsupported, DatabaseUnusable
from persistence.migration import is_current, migrate
from persistence.sqlite import SqliteFile

DatabaseState: TypeAlias = Literal["absent", "older", "current"]
"""`older`: the next start migrates it."""


class Database:
    """Opens nothing until it is asked to. Safe to use from any thread."""

    def __init__(self, url: str) -> None:
        """Take `sqlite:////absolute/path`. Raises `DatabaseUnsupported` for anything else."""
        self._file = SqliteFile(_path(url))

    def migrate(self) -> None:
        """Make it if need be and bring it to this program's revision; before anything else.

        Raises `DatabaseProblem`, whose text is a sentence for the operator.
        """
        try:
            migrate(self._file)
        except OperationalError as error:
            raise DatabaseUnusable(
                f"The database {self._file.path} cannot be migrated ({error.orig}): "
                "end the program that uses it, or free its disk, and start again."
            ) from error

    def state(self) -> DatabaseState:
        """How it stands, without making or changing anything. Raises `DatabaseProblem`."""
        if not self._file.path.exists():
            return "absent"
        try:
            return "current" if is_current(self._file) else "older"
        except DatabaseError as error:
            raise DatabaseUnusable(
                f"The database {self._file.path} cannot be read ({error.orig}): "
                "give this user the right to, or restore a backup."
            ) from error

    def writer(self) -> Access:
        """The way to write, for the one thread that does."""
        return Access(self._file, self._file.writer())

    def reader(self) -> Access:
        """A way to read, for one thread; it never waits for the writer."""
        return Access(self._file, self._file.reader())


class Access:
    """One thread's connection: opened when it is first needed, and anew after a failure."""

    def __init__(self, file: SqliteFile, engine: Engine) -> None:
        self._file = file
        self._engine = engine
        self._connection: Connection | None = None
        self._identity = (0, 0)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it is committed, or nothing.

        Raises `DatabaseUnavailable` where the database is the cause; any other exception is
        about what was to be written, and another transaction may well succeed.
        """
        try:
            with self._connected().begin() as transaction:
                yield transaction.connection
        except DBAPIError as error:
            if not _is_about_the_database(error):
                raise
            self.close()
            raise DatabaseUnavailable(sqlite.sentence(error.orig)) from error
        except DatabaseUnavailable:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; a later transaction opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> Connection:
        identity = self._file.identity()
        if self._connection is None or self._identity != identity:
            self.close()
            self._connection = self._engine.connect()
            self._identity = identity
        return self._connection


def _path(url: str) -> Path:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnsupported(
            "VENDEAI_DATABASE_URL is not a URL: write sqlite:////absolute/path/to/file.db"
        ) from error
    path = Path(parsed.database or "")
    if parsed.drivername != "sqlite" or parsed.query or not path.is_absolute():
        raise DatabaseUnsupported(
            f"VENDEAI_DATABASE_URL is {parsed.render_as_string(hide_password=True)}, "
            "but only an SQLite file is supported: write sqlite:////absolute/path/to/file.db"
        )
    return path


def _is_about_the_database(error: DBAPIError) -> bool:
    """Whether the database is the cause, and not one value that was to be written."""
    return type(error) is DatabaseError or isinstance(
        error, OperationalError | InternalError | InterfaceError
    )
