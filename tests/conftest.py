"""What every test stands on: no actor is left behind; databases of each engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pykka
import pylibmagic  # noqa: F401 - before neonize, or anybody, loads another libmagic
import pytest

from tests.databases import PostgresTestDatabase, SqliteTestDatabase, TestDatabase
from tests.postgresql_server import PostgresServer
from tests.simulator.real.waiting import wait_until


@pytest.fixture(autouse=True)
def _no_actor_is_left() -> Iterator[None]:
    yield
    # One that was told to end does so on its own thread, in its own time.
    with suppress(TimeoutError):
        wait_until(lambda: not pykka.ActorRegistry.get_all())
    left = pykka.ActorRegistry.get_all()
    with suppress(pykka.Timeout):
        pykka.ActorRegistry.stop_all(timeout=5)
    for ref in left:  # one that hangs is this test's failure, not also the next one's
        pykka.ActorRegistry.unregister(ref)
    assert not left, f"the test left actors running: {[str(ref) for ref in left]}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresServer]:
    """Started for the first test that needs it; runs until the last."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> TestDatabase:
    """An empty database: the test runs once on each engine."""
    if request.param == "sqlite":
        return SqliteTestDatabase(tmp_path / "data" / "vendeai.db")
    return PostgresTestDatabase(request.getfixturevalue("postgresql_server"))
