"""A database of each test's own, as the server has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from persistence.database import Database
from tests.databases import SqliteTestDatabase, TestDatabase


@pytest.fixture
def database(site: TestDatabase) -> Database:
    """On each engine."""
    return site.database()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """In a transaction of the writer's."""
    writer = database.writer()
    with writer.transaction() as opened:
        yield opened
    writer.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vendeai.db"


@pytest.fixture
def file_database(path: Path) -> Database:
    """On SQLite, of which the test is."""
    return SqliteTestDatabase(path).database()
