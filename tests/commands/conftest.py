"""A server to back up, and where its copies go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from settings import Settings
from tests.commands.places import event, linked, made, recorded, settings_in


@pytest.fixture
def as_commands_run() -> Iterator[None]:
    """With the umask that the commands themselves set."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a server with two linked empresas, each with an event."""
    found = settings_in(tmp_path / "server")
    database = made(found)
    for empresa_id in (5, 6):
        linked(found, empresa_id)
        recorded(database, empresa_id, event("first"))
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    return settings_in(tmp_path / "elsewhere")
