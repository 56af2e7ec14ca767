"""A database of each test's own, in a file, as the server has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from persistence.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "vendeai.db"


@pytest.fixture
def database(path: Path) -> Database:
    made = Database(f"sqlite:///{path}")
    made.migrate()
    return made
