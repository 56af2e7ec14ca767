"""A PostgreSQL that is there and answers nothing: its processes are stopped."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from persistence import postgresql_connection
from persistence.database import Access, Database
from persistence.errors import DatabaseUnavailable, DatabaseUnusable
from persistence.probe import probe
from tests.databases import PostgresTestDatabase
from tests.postgresql_server import PostgresServer
from tests.simulator.real.waiting import wait_until

#: Seconds for what is to be bounded: an answer's time and a connection's, and a busy machine.
BOUND = 10.0


@pytest.fixture
def site(
    postgresql_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> PostgresTestDatabase:
    monkeypatch.setattr(postgresql_connection, "ANSWER_SECONDS", 0.5)
    return PostgresTestDatabase(postgresql_server)


def answers(access: Access) -> bool:
    try:
        with access.transaction() as connection:
            connection.execute(text("SELECT 1"))
    except DatabaseUnavailable:
        return False
    return True


def test_the_bound_is_longer_than_the_servers_own_and_shorter_than_an_actors() -> None:
    assert 10 < postgresql_connection.ANSWER_SECONDS < 15


@pytest.mark.parametrize("kind", ["writer", "reader"])
def test_a_transaction_on_a_server_that_hangs_ends(site: PostgresTestDatabase, kind: str) -> None:
    access = getattr(site.database(), kind)()
    with access.transaction() as connection:
        connection.execute(text("SELECT 1"))
    begun = time.monotonic()
    with site.server.hanging():
        for _ in range(2):  # on the connection that was there, and on one that cannot be made
            with (
                pytest.raises(DatabaseUnavailable, match="não responde"),
                access.transaction() as connection,
            ):
                connection.execute(text("SELECT 1"))
        assert time.monotonic() - begun < 2 * BOUND
    wait_until(lambda: answers(access))
    access.close()


def test_a_commit_on_a_server_that_hangs_ends_too(site: PostgresTestDatabase) -> None:
    writer = site.database().writer()
    with ExitStack() as hangs:

        def cut_off() -> None:
            with writer.transaction() as connection:
                probe(connection)
                hangs.enter_context(site.server.hanging())

        begun = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            cut_off()
        assert time.monotonic() - begun < BOUND
    wait_until(lambda: answers(writer))
    writer.close()


def test_a_start_and_a_check_on_a_server_that_hangs_end(site: PostgresTestDatabase) -> None:
    database = Database(site.url)
    begun = time.monotonic()
    with site.server.hanging():
        for call in (database.migrate, database.state, database.claim):
            with pytest.raises(DatabaseUnusable):
                call()
        assert time.monotonic() - begun < 3 * BOUND
    database.migrate()


def test_a_migration_may_take_longer_where_the_server_lives(site: PostgresTestDatabase) -> None:
    with site.database()._engine.migrator().begin() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM pg_sleep(1.5)").scalar() == 1


def test_a_migration_on_a_server_that_hangs_ends(site: PostgresTestDatabase) -> None:
    engine = site.database()._engine.migrator()
    begun = time.monotonic()
    with engine.connect() as connection:
        with site.server.hanging(), pytest.raises(Exception, match="has not answered"):
            connection.exec_driver_sql("SELECT 1")
        assert time.monotonic() - begun < BOUND
