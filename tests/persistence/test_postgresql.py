from __future__ import annotations

import logging

import psycopg
import pytest

from persistence import empresas
from persistence.database import Database
from persistence.errors import (
    DatabaseInUse,
    DatabaseTaken,
    DatabaseUnavailable,
    DatabaseUnusable,
)
from persistence.probe import probe
from tests.databases import PostgresTestDatabase
from tests.postgresql_server import PostgresServer


@pytest.fixture
def site(postgresql_server: PostgresServer) -> PostgresTestDatabase:
    return PostgresTestDatabase(postgresql_server)


def write(database: Database) -> None:
    writer = database.writer()
    try:
        with writer.transaction() as connection:
            probe(connection)
    finally:
        writer.close()


def test_both_forms_of_the_url_are_taken(site: PostgresTestDatabase) -> None:
    Database(site.url.replace("postgresql://", "postgresql+psycopg://")).migrate()
    assert Database(site.url).state() == "current"


def test_a_database_without_tables_is_absent(site: PostgresTestDatabase) -> None:
    assert Database(site.url).state() == "absent"


def test_who_does_not_write_through_the_lock_does_not_write(site: PostgresTestDatabase) -> None:
    first, second = site.database(), site.database()
    writer = first.writer()
    with writer.transaction() as connection:
        probe(connection)
    with pytest.raises(DatabaseTaken, match="Outro servidor"):
        write(second)
    with pytest.raises(DatabaseInUse, match="stop it first"):
        second.claim()
    writer.close()
    write(second)


def test_a_claim_is_handed_to_the_writer(site: PostgresTestDatabase) -> None:
    first, second = site.database(), site.database()
    first.claim()
    first.claim()
    with pytest.raises(DatabaseInUse):
        second.claim()
    write(first)
    second.claim()
    second._engine.release()


def test_a_connection_of_its_own_that_it_has_lost_is_ended(site: PostgresTestDatabase) -> None:
    database = site.database()
    lost = database.writer()
    with lost.transaction() as connection:
        probe(connection)
    write(database)
    with pytest.raises(DatabaseUnavailable, match="não responde"), lost.transaction() as connection:
        probe(connection)
    lost.close()


def test_a_commit_that_was_cut_off_is_no_half(site: PostgresTestDatabase) -> None:
    database = site.database()
    writer = database.writer()

    def cut_off() -> None:
        with writer.transaction() as connection:
            empresas.ensure(connection, [5])
            site.server.kill()

    with pytest.raises(DatabaseUnavailable):
        cut_off()
    site.server.start()
    with writer.transaction() as connection:
        assert empresas.every(connection) == ()
    writer.close()


def test_a_database_that_takes_no_writes_is_named_so(site: PostgresTestDatabase) -> None:
    database = site.database()
    name = site.url.partition("?")[0].rpartition("/")[2]
    site.server.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(DatabaseUnavailable, match="só aceita leitura"):
        write(database)


def test_a_table_that_is_missing_is_trouble_and_not_the_events(site: PostgresTestDatabase) -> None:
    database = site.database()
    with psycopg.connect(site.url, autocommit=True) as other:
        other.execute("DROP TABLE write_probes")
    with pytest.raises(DatabaseUnavailable):
        write(database)


def test_a_database_that_does_not_keep_every_text_is_refused(
    postgresql_server: PostgresServer,
) -> None:
    url = postgresql_server.new_database("ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(DatabaseUnusable, match="UTF8"):
        Database(url).migrate()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter2@127.0.0.1:1/name",
        "postgresql://user:hunter2@/name?host=/nowhere",
        "postgresql://user:hunter2@127.0.0.1:1/name?nonsense=1",
        "postgresql://user@127.0.0.1:1/name?password=hunter2",
    ],
)
def test_no_sentence_and_no_log_says_the_password(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(url)
    for start in (database.migrate, database.state, database.claim):
        with pytest.raises(DatabaseUnusable) as refused:
            start()
        assert "hunter2" not in str(refused.value)
        assert "\n" not in str(refused.value)
    with pytest.raises(DatabaseUnavailable) as unavailable:
        write(database)
    logging.getLogger("vendeai").error("as the archive logs it", exc_info=unavailable.value)
    assert "hunter2" not in caplog.text


def test_each_commit_reaches_the_disk_whatever_the_server_is_set_to(
    site: PostgresTestDatabase,
) -> None:
    name = site.url.partition("?")[0].rpartition("/")[2]
    site.server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    writer = site.database().writer()
    with writer.transaction() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "200ms"
    writer.close()
