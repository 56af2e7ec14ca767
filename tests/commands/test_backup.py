from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from commands import backup, manifest
from commands.problem import Problem
from persistence import copying, erasing
from persistence.copying import ledger_ids
from persistence.database import Database
from settings import Settings
from tests.commands.places import event, recorded
from tests.commands.program import run
from whatsapp.folder import EmpresaFolder

pytestmark = pytest.mark.usefixtures("as_commands_run")


def test_the_manifest_names_versions_and_every_file(settings: Settings, copy: Path) -> None:
    backup.back_up(settings, copy)
    found = json.loads((copy / "manifest.json").read_text())
    assert found["format"] == 1
    assert found["engine"] == "sqlite"
    assert found["neonize"] == "0.5.2"
    there = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    assert set(found["files"]) == there - {"manifest.json"}
    assert all(len(each["sha256"]) == 64 for each in found["files"].values())


def test_a_backup_that_fails_has_no_manifest(
    settings: Settings, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise sqlite3.OperationalError("database or disk is full", source, target)

    monkeypatch.setattr(backup, "copy_sqlite", full)
    with pytest.raises(Problem, match="incomplete"):
        backup.back_up(settings, copy)
    assert not (copy / manifest.NAME).exists()


def test_an_empresa_that_is_erased_during_the_copy_is_not_in_it(
    settings: Settings, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Database(settings.database_url).writer()
    really = copying.copy_sqlite

    def copy_sqlite(source: Path, target: Path) -> None:
        if source.name == "vendeai.db":
            folder = EmpresaFolder(settings.auth_dir, 5)
            folder.give_up()
            folder.clear_given_up()
            with writer.transaction() as connection:
                erasing.begin(connection, 5)
                assert erasing.erase_more(connection, 5)
        really(source, target)

    monkeypatch.setattr(backup, "copy_sqlite", copy_sqlite)
    found = backup.back_up(settings, copy)
    writer.close()
    assert found.empresas == [6]
    assert not (copy / "auth_info" / "empresa_5").exists()
    assert ledger_ids(Database(f"sqlite:///{copy / 'database' / 'vendeai.db'}")).keys() == {6}


def test_an_erased_empresa_is_in_no_byte_of_the_next_backup(settings: Settings, copy: Path) -> None:
    database = Database(settings.database_url)
    recorded(database, 5, *(event(f"{n}", text=f"segredo {n} " + "x" * 3000) for n in range(50)))
    writer = database.writer()
    with writer.transaction() as connection:
        erasing.begin(connection, 5)
        while not erasing.erase_more(connection, 5, 7):
            pass
    assert writer.scrub()
    writer.close()
    backup.back_up(settings, copy)
    for path in [*copy.rglob("*.db"), *settings.data_dir.iterdir()]:
        assert b"segredo" not in path.read_bytes(), path


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    answer = run("backup", tmp_path, "copy")
    assert answer.returncode == 2
    assert "nothing to back up" in answer.stderr
    assert not (tmp_path / "data").exists()
