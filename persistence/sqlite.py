"""Everything that is SQLite's own: its file, its pragmas, its locks, its backup, its errors."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.pool import NullPool

from persistence.engine import Report
from persistence.errors import DatabaseTaken, DatabaseUnavailable, DatabaseUnusable
from persistence.json_text import as_text

#: Milliseconds that a statement waits for another program's lock. Short: the archive's thread
#: must stay able to say that it cannot write; waiting longer is what its retries are for.
BUSY_MILLISECONDS = 200

#: Seconds that a start waits for another start that is migrating.
MIGRATION_LOCK_SECONDS = 60.0

_BUSY = (
    "O banco de dados está bloqueado por outro programa. "
    "Feche o outro programa; o servidor continua tentando."
)
_FULL = "O disco do banco de dados está cheio. Libere espaço; o servidor continua tentando."
_GONE = (
    "O banco de dados não pode ser aberto. "
    "Verifique a pasta de dados e as permissões; o servidor continua tentando."
)
_DAMAGED = "O banco de dados está danificado. Pare o servidor e restaure um backup."
_OTHER = "O banco de dados não aceita gravações agora. O servidor continua tentando; veja o log."

#: By the start of SQLite's error name.
_SENTENCES = {
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_FULL": _FULL,
    "SQLITE_CANTOPEN": _GONE,
    "SQLITE_READONLY": _GONE,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
}


def sentence(error: BaseException | None) -> str:
    """What the operator should do about an error of the sqlite3 module; Portuguese."""
    name = str(getattr(error, "sqlite_errorname", ""))
    return next((text for start, text in _SENTENCES.items() if name.startswith(start)), _OTHER)


class SqliteFile:
    """One database file; see `DatabaseEngine`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._claim: int | None = None

    @property
    def name(self) -> str:
        """Its path."""
        return str(self.path)

    def create(self) -> None:
        """Make file and folder if need be, for the owner's eyes only; switch it to WAL.

        WAL, as then readers never wait for the writer nor the writer for them. The mode stays
        with the file, and SQLite gives its side files the mode of the file itself.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite does not wait for another's switch to WAL: of two first starts at once one
            # would be told that the database is locked.
            with self.migration_lock():
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
                with closing(self._connect()) as connection:
                    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except (OSError, sqlite3.Error) as error:
            raise DatabaseUnusable(
                f"The database {self.path} cannot be opened ({error}): make its folder writable, "
                "move away what is not a database, or set VENDEAI_DATABASE_URL to another file."
            ) from error
        if mode != "wal":
            raise DatabaseUnusable(
                f"The file system of {self.path} is not fit for the database (WAL): "
                "set VENDEAI_DATABASE_URL to a file on a local disk."
            )

    def writer(self) -> Engine:
        """See `DatabaseEngine`."""
        return self._engine("BEGIN IMMEDIATE", "PRAGMA foreign_keys = ON")

    def reader(self) -> Engine:
        """See `DatabaseEngine`."""
        return self._engine("BEGIN", "PRAGMA query_only = ON")

    def migrator(self) -> Engine:
        """See `DatabaseEngine`."""
        return self._engine("BEGIN IMMEDIATE", "PRAGMA foreign_keys = OFF")

    def identity(self) -> tuple[int, int]:
        """Which file stands at the path now. Raises `DatabaseUnavailable` where none does.

        SQLite would go on writing into a file that was moved or deleted under it.
        """
        try:
            found = self.path.stat()
        except OSError as error:
            raise DatabaseUnavailable(_GONE) from error
        return found.st_dev, found.st_ino

    def exists(self) -> bool:
        """Whether the file is there."""
        return self.path.exists()

    def ping(self, connection: Connection) -> None:
        """A file does not go away by itself: `identity` says all."""

    def claim(self) -> None:
        """A lock beside the file, held until the process ends. Workers do not inherit it."""
        if self._claim is not None:
            return
        beside = self.path.with_name(self.path.name + ".server")
        try:
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DatabaseUnavailable(_GONE) from error
        if not _is_locked(descriptor):
            os.close(descriptor)
            raise DatabaseTaken
        self._claim = descriptor

    def release(self) -> None:
        """See `DatabaseEngine`."""
        claim, self._claim = self._claim, None
        if claim is not None:
            os.close(claim)

    def scrub(self) -> bool:
        """Move all of the write-ahead log into the file, and empty it; see `DatabaseEngine`."""
        try:
            with closing(self._connect()) as connection:
                connection.execute("PRAGMA busy_timeout = 0")
                is_busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            raise DatabaseUnavailable(sentence(error)) from error
        return not is_busy

    def broken_reference(self, connection: Connection) -> str | None:
        """The migrator's connection does not check references by itself."""
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        return None if broken is None else str(broken[0])

    def report(self) -> Report:
        """Nothing: it has no server."""
        return Report()

    def trouble(self, error: DBAPIError) -> str | None:
        """See `DatabaseEngine`."""
        is_about_it = type(error) is DatabaseError or isinstance(
            error, OperationalError | InternalError | InterfaceError
        )
        return sentence(error.orig) if is_about_it else None

    def back_up(self, name: str) -> str:
        """A consistent copy beside the file, complete or not there at all."""
        target = self.path.with_name(f"{self.path.name}.{name}")
        partial = target.with_name(target.name + ".partial")
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        with closing(self._connect()) as source, closing(sqlite3.connect(partial)) as copy:
            source.backup(copy)
        partial.replace(target)
        return str(target)

    @contextmanager
    def migration_lock(self) -> Iterator[None]:
        """Held by one process at a time, and gone with it. Raises `DatabaseUnusable`."""
        lock = self.path.with_name(self.path.name + ".lock")
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + MIGRATION_LOCK_SECONDS
            while not _is_locked(descriptor):
                if time.monotonic() > deadline:
                    raise DatabaseUnusable(
                        f"Another start is migrating {self.path} and does not end: end it first."
                    )
                time.sleep(0.05)
            yield
        finally:
            os.close(descriptor)

    def _engine(self, begin: str, pragma: str) -> Engine:
        def connect() -> sqlite3.Connection:
            connection = self._connect()
            connection.execute(pragma)
            return connection

        engine = create_engine(
            "sqlite://",
            creator=connect,
            poolclass=NullPool,
            json_serializer=as_text,
            json_deserializer=as_text,
            hide_parameters=True,  # an error's text goes to the log, a customer's does not
        )

        @event.listens_for(engine, "begin")
        def _(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a missing file is an error here, not a new and empty database.
        # isolation_level None: transactions begin where we say so, DDL included.
        where, seconds = f"{self.path.as_uri()}?mode=rw", BUSY_MILLISECONDS / 1000
        connection = sqlite3.connect(where, uri=True, timeout=seconds, isolation_level=None)
        # FULL: each commit reaches the disk. With NORMAL a power loss could take back the last
        # commits, and numbers that listeners have already seen would be given a second time, to
        # other events, under the same ledger id. Grouping pays for it: one fsync per batch.
        connection.execute("PRAGMA synchronous = FULL")
        # What is deleted is overwritten with zeros: an erased customer's words are not to be found
        # in the file's free pages, nor in a copy of them.
        connection.execute("PRAGMA secure_delete = ON")
        # The WAL of a burst is not kept at its largest for ever.
        connection.execute(f"PRAGMA journal_size_limit = {64 * 1024 * 1024}")
        return connection


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
