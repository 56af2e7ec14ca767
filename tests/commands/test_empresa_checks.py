from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from commands import data_checks
from persistence import empresas, erasing
from persistence.database import Database
from persistence.values import StoredStatus
from settings import Settings
from tests.commands.places import AT, event, linked, made, recorded, settings_in
from whatsapp.folder import EmpresaFolder, locked
from whatsapp.journal import Journal


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a server with a linked empresa, in order."""
    found = settings_in(tmp_path)
    database = made(found)
    recorded(database, 5, event("first"))
    linked(found, 5)
    found.data_dir.chmod(0o700)
    assert data_checks.everything(found) == []
    return found


def only_wrong(settings: Settings) -> str:
    """The one thing that is wrong."""
    (sentence,) = [each.sentence for each in data_checks.everything(settings) if each.is_wrong]
    return sentence


def test_credentials_of_an_unknown_empresa_are_wrong(settings: Settings) -> None:
    linked(settings, 7)
    (settings.auth_dir / "README.md").touch()
    assert "empresa_7 belongs to an empresa that the database does not know" in only_wrong(settings)


def test_an_empresa_that_was_linked_and_has_no_folder_is_wrong(settings: Settings) -> None:
    writer = Database(settings.database_url).writer()
    with writer.transaction() as connection:
        empresas.ensure(connection, [8, 9])
        status = StoredStatus(8, "connected", None, AT, "+5521999990008", None)
        empresas.put_statuses(connection, [status])
    writer.close()
    assert "Empresa 8 was linked, and its folder is gone" in only_wrong(settings)


def test_a_journal_with_entries_is_wrong(settings: Settings) -> None:
    with closing(Journal(EmpresaFolder(settings.auth_dir, 5).journal)) as journal:
        journal.append("message", "key", AT, {"text": "oi"}, b"")
    sentence = only_wrong(settings)
    assert "1 events" in sentence
    assert "empresa_5" in sentence


def test_a_damaged_journal_is_wrong(settings: Settings) -> None:
    EmpresaFolder(settings.auth_dir, 5).journal.write_bytes(b"no database" * 1000)
    assert "cannot be read" in only_wrong(settings)


def test_a_folder_that_a_process_holds_is_wrong(settings: Settings) -> None:
    with locked(EmpresaFolder(settings.auth_dir, 5).path / "lock"):
        assert "is locked by a process" in only_wrong(settings)


def test_a_store_that_a_program_has_locked_is_wrong(settings: Settings) -> None:
    store = EmpresaFolder(settings.auth_dir, 5).linked_database()
    assert store is not None
    with closing(sqlite3.connect(store)) as other:
        other.execute("BEGIN IMMEDIATE")
        sentence = only_wrong(settings)
        other.rollback()
    assert "cannot be used (database is locked)" in sentence


def test_a_damaged_store_is_wrong(settings: Settings) -> None:
    store = EmpresaFolder(settings.auth_dir, 5).linked_database()
    assert store is not None
    store.write_bytes(b"no database" * 1000)
    assert "cannot be used" in only_wrong(settings)


def test_an_erasing_that_is_not_finished_is_wrong_while_no_server_runs(settings: Settings) -> None:
    writer = Database(settings.database_url).writer()
    with writer.transaction() as connection:
        erasing.begin(connection, 5)
    writer.close()
    EmpresaFolder(settings.auth_dir, 5).give_up()
    assert "The erasing of empresa 5 is not finished" in only_wrong(settings)
    with locked(settings.auth_dir / "server.lock"):
        found = data_checks.everything(settings)
    assert (
        next(each.sentence for each in found if not each.is_wrong) == "Empresa 5 is being erased."
    )
    assert not any(each.is_wrong for each in found)


def test_what_was_cut_short_and_left_is_wrong(settings: Settings) -> None:
    linked(settings, 6)
    EmpresaFolder(settings.auth_dir, 6).give_up()
    assert "erased_6-" in only_wrong(settings)


def test_a_database_elsewhere_that_others_can_read_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "other.db"
    settings = settings_in(tmp_path, VENDEAI_DATABASE_URL=f"sqlite:///{path}")
    made(settings)
    path.chmod(0o640)
    assert "other.db" in only_wrong(settings)
