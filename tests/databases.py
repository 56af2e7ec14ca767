"""A database of one test's own, on either engine, and what may happen to it."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from persistence.database import Database
from persistence.sqlite import SqliteFile
from persistence.values import Retention
from tests.postgresql_server import PostgresServer

Rows = list[tuple[Any, ...]]


def sqlite_database(path: Path, retention: Retention | None = None) -> Database:
    """One on this file, at its revision.

    A new file is a copy of one that this process has made once: that takes a tenth of a second of
    the processor, and there are a thousand tests.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(_new_file())
    made = Database(f"sqlite:///{path}", retention)
    made.migrate()
    return made


@cache
def _new_file() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "new.db"
        Database(f"sqlite:///{path}").migrate()
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


def _migrate(url: str) -> None:
    Database(url).migrate()


class TestDatabase(ABC):
    """`database` is migrated when it is first asked for."""

    __test__ = False

    @property
    @abstractmethod
    def url(self) -> str:
        """Of an empty one, where `database` was not asked for before."""

    def database(self, retention: Retention | None = None) -> Database:
        """A new one, at its revision."""
        made = Database(self.url, retention)
        made.migrate()
        return made

    @abstractmethod
    def rows(self, statement: str) -> Rows:
        """What a connection of its own reads."""

    @abstractmethod
    def locked(self) -> AbstractContextManager[None]:
        """Another program writes, and does not end."""

    @abstractmethod
    def full(self) -> AbstractContextManager[None]:
        """For connections opened within: there is no room for another event."""

    @abstractmethod
    def gone(self) -> AbstractContextManager[None]:
        """It is not there."""


class _SmallFile(SqliteFile):
    """A database file whose disk is full beyond `pages`."""

    pages: int | None = None

    def _connect(self) -> sqlite3.Connection:
        connection = super()._connect()
        if self.pages is not None:
            connection.execute(f"PRAGMA max_page_count = {self.pages}")
        return connection


class SqliteTestDatabase(TestDatabase):
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _SmallFile(path)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def database(self, retention: Retention | None = None) -> Database:
        made = sqlite_database(self.path, retention)
        made._engine = self._file
        return made

    def rows(self, statement: str) -> Rows:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(statement).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self.path)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield

    @contextmanager
    def full(self) -> Iterator[None]:
        self._file.pages = 1  # the least: as many as the file has now
        yield
        self._file.pages = None

    @contextmanager
    def gone(self) -> Iterator[None]:
        aside = self.path.rename(self.path.with_name("aside.db"))
        try:
            yield
        finally:
            aside.rename(self.path)


class PostgresTestDatabase(TestDatabase):
    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._url: str | None = None

    @property
    def url(self) -> str:
        if self._url is None:
            self._url = self.server.new_database()
        return self._url

    def database(self, retention: Retention | None = None) -> Database:
        if self._url is None:
            # As `sqlite_database`: a copy of one that was made once.
            self._url = self.server.new_database(f"TEMPLATE {self.server.template(_migrate)}")
        return super().database(retention)

    def rows(self, statement: str) -> Rows:
        with psycopg.connect(self.url) as connection:
            return connection.execute(statement.encode()).fetchall()

    @contextmanager
    def locked(self) -> Iterator[None]:
        with psycopg.connect(self.url) as other:
            other.execute("LOCK TABLE empresas IN EXCLUSIVE MODE")
            yield

    @contextmanager
    def full(self) -> Iterator[None]:
        # The server says what it says when a disk is full; filling one would be everybody's.
        with psycopg.connect(self.url, autocommit=True) as other:
            other.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100';"
                " END $$"
            )
            other.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON events EXECUTE FUNCTION refuse()"
            )
            yield
            other.execute("DROP FUNCTION refuse CASCADE")

    @contextmanager
    def gone(self) -> Iterator[None]:
        self.server.kill()
        try:
            yield
        finally:
            self.server.start()
