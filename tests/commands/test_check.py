from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import pytest

from commands import data_checks, machine_checks
from commands.finding import Finding
from persistence.database import Database
from settings import Settings, read_settings
from tests.commands.program import run, running
from whatsapp.folder import EmpresaFolder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    folders = {
        "VENDEAI_DATA_DIR": str(tmp_path / "data"),
        "VENDEAI_AUTH_DIR": str(tmp_path / "auth_info"),
    }
    return read_settings(folders)


def made(settings: Settings) -> Database:
    database = Database(settings.database_url)
    database.migrate()
    return database


def wrong(findings: list[Finding]) -> list[str]:
    return [finding.sentence for finding in findings if finding.is_wrong]


def folder(settings: Settings, empresa_id: int) -> EmpresaFolder:
    found = EmpresaFolder(settings.auth_dir, empresa_id)
    found.make()
    return found


def test_on_a_new_machine_nothing_is_wrong(tmp_path: Path) -> None:
    answer = run("check", tmp_path)
    assert answer.returncode == 0
    assert answer.stdout.splitlines()[-1] == "Nothing is wrong."
    assert "There is no database yet" in answer.stdout
    assert not (tmp_path / "data").exists(), "check makes nothing"


def test_what_is_wrong_is_named_and_the_exit_code_is_1(tmp_path: Path) -> None:
    (tmp_path / "auth_info" / "empresa_7").mkdir(parents=True)
    (tmp_path / "auth_info" / "empresa_7").chmod(0o755)
    answer = run("check", tmp_path)
    assert answer.returncode == 1
    assert "wrong: Others can read" in answer.stdout
    assert answer.stdout.splitlines()[-1] == "1 wrong."
    answer = run("check", tmp_path, VENDEAI_PORT="http")
    assert answer.returncode == 1
    assert "wrong: VENDEAI_PORT" in answer.stdout
    answer = run("check", tmp_path, VENDEAI_SENDING='{"perHour": 60}')
    assert "wrong: VENDEAI_SENDING" in answer.stdout


def test_beside_a_running_server_nothing_is_wrong(tmp_path: Path) -> None:
    with running("serve", tmp_path) as server:
        server.until_ready()
        answer = run("check", tmp_path)
    assert answer.returncode == 0, answer.stdout
    assert "A server is running" in answer.stdout


def test_a_folder_of_files_that_is_none_and_networks_that_are_open_are_named(
    settings: Settings,
) -> None:
    assert data_checks.media(settings) == []
    settings.media_dir.parent.mkdir(parents=True)
    settings.media_dir.write_text("")
    (sentence,) = wrong(data_checks.media(settings))
    assert "VENDEAI_MEDIA_DIR" in sentence
    networks = (ip_network("10.1.0.0/24"),)
    (note,) = data_checks.media(
        replace(settings, media_networks=networks, media_dir=settings.data_dir)
    )
    assert not note.is_wrong
    assert "10.1.0.0/24" in note.sentence


def test_a_current_database_is_nothing_to_speak_of(settings: Settings) -> None:
    made(settings)
    assert data_checks.database(settings) == []


def test_a_database_of_a_newer_version_is_wrong(settings: Settings) -> None:
    made(settings)
    with closing(sqlite3.connect(settings.data_dir / "vendeai.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert "newer version" in wrong(data_checks.everything(settings))[0]


def test_a_database_that_cannot_be_read_is_wrong(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "vendeai.db").write_bytes(b"no database" * 1000)
    (settings.data_dir / "vendeai.db").chmod(0o600)
    assert "vendeai.db" in wrong(data_checks.everything(settings))[0]


def test_files_that_others_can_read_are_wrong(settings: Settings) -> None:
    made(settings)
    found = folder(settings, 5)
    assert data_checks.modes(settings) == []
    found.path.chmod(0o750)
    (settings.data_dir / "vendeai.db").chmod(0o640)
    sentences = wrong(data_checks.modes(settings))
    assert any(str(found.path) in sentence and "chmod" in sentence for sentence in sentences)
    assert any("vendeai.db" in sentence for sentence in sentences)


def test_page_merging_is_said_with_its_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_checks, "merging_obstacle", lambda: "ksmd is off")
    (finding,) = machine_checks.page_merging()
    assert not finding.is_wrong
    assert "ksmd is off" in finding.sentence
    assert "/sys/kernel/mm/ksm/run" in finding.sentence
    monkeypatch.setattr(machine_checks, "merging_obstacle", lambda: None)
    assert "are merged" in machine_checks.page_merging()[0].sentence


def test_a_library_that_does_not_load_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine_checks.libraries() == []
    (tmp_path / "neonize").mkdir()
    (tmp_path / "neonize" / "__init__.py").write_text("raise OSError('libx.so: not there')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert "libx.so" in wrong(machine_checks.libraries())[0]
