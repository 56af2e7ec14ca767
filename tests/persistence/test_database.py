from __future__ import annotations

import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from persistence import empresas, ledger
from persistence.database import Database
from persistence.errors import DatabaseUnavailable, DatabaseUnsupported, DatabaseUnusable
from persistence.probe import probe
from persistence.values import NewEvent, StoredStatus
from tests.databases import TestDatabase


@pytest.mark.parametrize(
    "url",
    [
        "no url at all",
        "sqlite://",
        "sqlite:///relative.db",
        "sqlite:////tmp/a.db?mode=ro",
        "mysql://user:secret@host/name",
        "postgresql+asyncpg://user:secret@host/name",
        "postgresql://user:secret@host:port/name",
        "postgresql://user:secret@host",
    ],
)
def test_a_url_of_no_form_that_is_spoken_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(DatabaseUnsupported, match="sqlite:////absolute/path") as refused:
        Database(url)
    assert "secret" not in str(refused.value)


def test_a_password_with_an_at_sign_is_refused_without_repeating_it() -> None:
    with pytest.raises(DatabaseUnsupported, match="%40") as refused:
        Database("postgresql://user:se@cret@host/name")
    assert "cret@" not in str(refused.value)


def test_file_and_folder_are_made_for_the_owner_alone(path: Path) -> None:
    made_here = Database(f"sqlite:///{path}")
    made_here.migrate()
    writer = made_here.writer()
    with writer.transaction() as connection:
        probe(connection)
    for made in path.parent.iterdir():
        assert stat.S_IMODE(made.stat().st_mode) == 0o600, made
    assert {made.name for made in path.parent.iterdir()} >= {"vendeai.db", "vendeai.db-wal"}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    writer.close()


def test_the_pragmas_are_those_that_are_argued_for(file_database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 200}
    writer = file_database.writer()
    with writer.transaction() as connection:
        for pragma, value in wanted.items():
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    writer.close()


def test_what_is_not_a_database_is_refused_with_a_sentence(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("a letter to the bank, of more than a page\n" * 200)
    with pytest.raises(DatabaseUnusable, match="move away what is not a database"):
        Database(f"sqlite:///{path}").migrate()
    assert path.read_text().startswith("a letter")


def test_a_folder_that_cannot_be_made_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseUnusable, match="make its folder writable"):
        Database(f"sqlite:///{tmp_path}/file/vendeai.db").migrate()


def test_a_locked_database_is_unavailable_and_works_once_it_is_free(
    database: Database, site: TestDatabase
) -> None:
    writer = database.writer()
    with (
        site.locked(),
        pytest.raises(DatabaseUnavailable, match="bloqueado"),
        writer.transaction() as connection,
    ):
        empresas.ensure(connection, [5])
    with writer.transaction() as connection:
        probe(connection)
    writer.close()


def test_a_database_that_comes_back_is_used_again(database: Database, site: TestDatabase) -> None:
    writer, reader = database.writer(), database.reader()
    with writer.transaction() as connection:
        empresas.ensure(connection, [5])
    for access in (writer, reader):
        with access.transaction() as connection:
            assert ledger.head(connection, 5) is not None
    with site.gone():
        for access in (writer, reader) * 2:
            with pytest.raises(DatabaseUnavailable), access.transaction() as connection:
                ledger.head(connection, 5)
    for access in (writer, reader):
        with access.transaction() as connection:
            assert ledger.head(connection, 5) is not None
        access.close()


def test_a_deleted_database_is_unavailable_and_no_empty_one_is_made(
    file_database: Database, path: Path
) -> None:
    writer = file_database.writer()
    with writer.transaction() as connection:
        empresas.ensure(connection, [5])
    aside = shutil.move(path, path.with_name("aside.db"))
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable, match="não pode ser aberto"), writer.transaction():
            pass
    assert not path.exists()
    shutil.move(aside, path)
    with writer.transaction() as connection:
        assert ledger.head(connection, 5) is not None
    writer.close()


def test_a_damaged_database_is_unavailable_with_a_sentence(
    file_database: Database, path: Path
) -> None:
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 40000)
    reader = file_database.reader()
    with (
        pytest.raises(DatabaseUnavailable, match="danificado"),
        reader.transaction() as connection,
    ):
        empresas.every(connection)
    reader.close()


def test_a_transaction_that_fails_leaves_nothing_and_the_next_one_works(
    database: Database,
) -> None:
    writer = database.writer()

    def make_then_fail() -> None:
        with writer.transaction() as connection:
            empresas.ensure(connection, [5])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        make_then_fail()
    with writer.transaction() as connection:
        assert empresas.every(connection) == ()
    writer.close()


def test_an_error_about_a_value_does_not_say_the_value(database: Database) -> None:
    writer = database.writer()
    event = NewEvent("message", datetime.now(UTC), {"text": "a secret", "bad": {1, 2}})

    def append() -> None:
        with writer.transaction() as connection:
            ledger.append(connection, empresas.ensure(connection, [5]), {5: [event]})

    with pytest.raises((StatementError, TypeError)) as refused:
        append()
    assert "a secret" not in str(refused.value)
    writer.close()


def test_a_status_of_an_unknown_empresa_breaks_a_reference(database: Database) -> None:
    writer = database.writer()
    status = StoredStatus(5, "stopped", None, datetime.now(UTC), None, None)
    with pytest.raises(IntegrityError), writer.transaction() as connection:
        empresas.put_statuses(connection, [status])
    writer.close()


def test_a_reader_cannot_write(database: Database) -> None:
    reader = database.reader()
    with (
        pytest.raises(DatabaseUnavailable) as refused,
        reader.transaction() as connection,
    ):
        empresas.ensure(connection, [5])
    assert isinstance(refused.value.__cause__, DBAPIError)
    reader.close()


def test_a_reader_neither_waits_for_the_writer_nor_sees_what_is_uncommitted(
    database: Database,
) -> None:
    writer, reader = database.writer(), database.reader()
    with writer.transaction() as writing:
        empresas.ensure(writing, [5])
        with reader.transaction() as reading:
            assert empresas.every(reading) == ()
    with reader.transaction() as reading:
        assert [each.empresa_id for each in empresas.every(reading)] == [5]
    writer.close()
    reader.close()
