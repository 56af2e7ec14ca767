"""The database by its URL: migrations, and the connections of its writer and its readers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from persistence import migration
from persistence.engine import DatabaseEngine, Report
from persistence.errors import (
    DatabaseInUse,
    DatabaseTaken,
    DatabaseUnavailable,
    DatabaseUnsupported,
    DatabaseUnusable,
)
from persistence.migration import DatabaseState
from persistence.sqlite import SqliteFile
from persistence.values import Retention

#: Seconds after which a connection is tried before it is used: a server may have been restarted.
IDLE_SECONDS = 1.0

#: Seconds of waiting in vain, after which those who have queued up behind it are refused at once,
#: and for how long.
LONG_SECONDS = 1.0
REST_SECONDS = 0.5

_FORMS = "write sqlite:////absolute/path/to/file.db or postgresql://user:password@host/database"


_CLOSED = "O banco de dados não pode ser aberto. Veja o log; o servidor continua tentando."


class Database:
    """Opens nothing until it is asked to. Safe to use from any thread."""

    def __init__(self, url: str, retention: Retention | None = None) -> None:
        """Take `sqlite:////absolute/path` or `postgresql://…`. Raises `DatabaseUnsupported`."""
        self._engine = _engine(url)
        self.retention = retention or Retention()

    def migrate(self) -> None:
        """Make it if need be and bring it to this program's revision; before anything else.

        Raises `DatabaseProblem`, whose text is a sentence for the operator.
        """
        try:
            migration.migrate(self._engine)
        except OperationalError as error:
            raise DatabaseUnusable(
                f"The database {self._engine.name} cannot be migrated ({_line(error)}): "
                "end the program that uses it, or free its disk, and start again."
            ) from error
        except DatabaseUnavailable as unavailable:
            raise DatabaseUnusable(
                f"The database {self._engine.name} is gone: start again."
            ) from unavailable

    def claim(self) -> None:
        """Be the one server on it from now on, until the process ends. Raises `DatabaseProblem`.

        Two would each number events that the other does not know of.
        """
        try:
            self._engine.claim()
        except DatabaseTaken as taken:
            raise DatabaseInUse(
                f"Another server uses the database {self._engine.name}: stop it first, or set "
                "VENDEAI_DATABASE_URL to another one."
            ) from taken
        except DatabaseUnavailable as unavailable:
            raise DatabaseUnusable(
                f"The database {self._engine.name} cannot be used ({_line(unavailable.__cause__)})."
            ) from unavailable

    def release(self) -> None:
        """Take the claim back; harmless without one."""
        self._engine.release()

    def state(self) -> DatabaseState:
        """How it stands, without making or changing anything. Raises `DatabaseProblem`."""
        try:
            return migration.state(self._engine)
        except DatabaseError as error:
            raise DatabaseUnusable(
                f"The database {self._engine.name} cannot be read ({_line(error)}): "
                "see that its address is right and its server runs, give this user the right "
                "to, or restore a backup."
            ) from error

    def report(self) -> Report:
        """What is wrong with the database's server, if it has one. Raises `DatabaseUnusable`."""
        return self._engine.report()

    def writer(self) -> Access:
        """The way to write, for the one thread that does."""
        return Access(self._engine, self._engine.writer())

    def reader(self) -> Access:
        """A way to read, for one thread; it never waits for the writer."""
        return Access(self._engine, self._engine.reader())


class Access:
    """One thread's connection: opened when it is first needed, and anew after a failure."""

    def __init__(self, database: DatabaseEngine, engine: Engine) -> None:
        self._database = database
        self._engine = engine
        self._connection: Connection | None = None
        self._identity = (0, 0)
        self._used_at = 0.0
        self._rest: tuple[float, str] = (0.0, "")

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All of it is committed, or nothing.

        Raises `DatabaseUnavailable` where the database is the cause; any other exception is
        about what was to be written, and another transaction may well succeed.
        """
        begun = time.monotonic()
        until, sentence_before = self._rest
        if begun < until:
            raise DatabaseUnavailable(sentence_before)
        try:
            with self._connected().begin() as transaction:
                yield transaction.connection
        except DBAPIError as error:
            sentence = self._database.trouble(error)
            if sentence is None:
                raise
            self._fail(begun, sentence)
            raise DatabaseUnavailable(sentence) from error
        except DatabaseUnavailable as unavailable:
            self._fail(begun, unavailable.sentence)
            raise
        self._used_at = time.monotonic()

    def scrub(self) -> bool:
        """See `DatabaseEngine`; not within a transaction."""
        return self._database.scrub()

    def close(self) -> None:
        """Close the connection; a later transaction opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _fail(self, begun: float, sentence: str) -> None:
        self.close()
        now = time.monotonic()
        if now - begun > LONG_SECONDS:
            self._rest = (now + REST_SECONDS, sentence)

    def _connected(self) -> Connection:
        identity = self._database.identity()
        if self._connection is not None and not self._is_good(self._connection, identity):
            self.close()
        if self._connection is None:
            try:
                self._connection = self._engine.connect()
            except DBAPIError as error:
                raise DatabaseUnavailable(self._database.trouble(error) or _CLOSED) from error
            self._identity = identity
        return self._connection

    def _is_good(self, connection: Connection, identity: tuple[int, int]) -> bool:
        if self._identity != identity:
            return False
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            try:
                self._database.ping(connection)
            except DBAPIError:
                return False
        return True


def _engine(url: str) -> DatabaseEngine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Its own words may hold the password.
        raise DatabaseUnsupported(f"VENDEAI_DATABASE_URL is not a URL: {_FORMS}") from None
    if parsed.drivername in {"postgresql", "postgresql+psycopg"}:
        # A server on SQLite starts without the driver.
        from persistence.postgresql import PostgresDatabase  # noqa: PLC0415

        return PostgresDatabase(_checked(parsed))
    path = Path(parsed.database or "")
    if parsed.drivername != "sqlite" or parsed.query or not path.is_absolute():
        raise DatabaseUnsupported(
            f"VENDEAI_DATABASE_URL is of a form ({parsed.drivername}) "
            f"that is not supported: {_FORMS}"
        )
    return SqliteFile(path)


def _checked(url: URL) -> URL:
    if "@" in (url.host or ""):
        raise DatabaseUnsupported(
            "VENDEAI_DATABASE_URL has a password with special characters: write them as %40 for @, "
            "%2F for /, %3A for :"
        )
    if not url.database:
        raise DatabaseUnsupported(f"VENDEAI_DATABASE_URL names no database: {_FORMS}")
    return url


def _line(error: BaseException | None) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())
