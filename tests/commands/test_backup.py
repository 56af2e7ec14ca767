from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Self

import pytest

from commands import backup, manifest, restore
from commands.problem import Problem
from persistence import copying, erasing
from persistence.copying import ledger_ids
from persistence.database import Database
from settings import Settings
from tests.commands.places import AT, event, keys, linked, made, recorded, settings_in
from tests.commands.program import run, running
from tests.databases import PostgresTestDatabase
from tests.postgresql_server import PostgresServer
from whatsapp.folder import EmpresaFolder
from whatsapp.journal import Journal
from whatsapp.port import Journalled


@pytest.fixture(autouse=True)
def _private() -> Iterator[None]:
    """As the commands themselves run."""
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


def test_what_is_backed_up_is_restored_with_new_ledgers(
    settings: Settings, copy: Path, elsewhere: Settings
) -> None:
    made_ = backup.back_up(settings, copy)
    assert made_.empresas == [5, 6]
    assert restore.restore(elsewhere, copy) == 2
    before, after = (Database(each.database_url) for each in (settings, elsewhere))
    assert ledger_ids(before).keys() == ledger_ids(after).keys()
    assert not set(ledger_ids(before).values()) & set(ledger_ids(after).values())
    for empresa_id in (5, 6):
        folder = EmpresaFolder(elsewhere.auth_dir, empresa_id)
        assert folder.linked() == EmpresaFolder(settings.auth_dir, empresa_id).linked()
        assert keys(after, empresa_id) == ["first"]
    assert {path.name for path in elsewhere.auth_dir.iterdir()} == {
        "empresa_5",
        "empresa_6",
        "server.lock",
    }


def test_backup_and_what_is_restored_are_for_the_owner_alone(
    settings: Settings, copy: Path, elsewhere: Settings
) -> None:
    copy.mkdir(mode=0o755)
    backup.back_up(settings, copy)
    for path in copy.rglob("*"):
        path.chmod(0o777)
    restore.restore(elsewhere, copy)
    backup.back_up(settings, copy.with_name("again"))
    for root in (copy.with_name("again"), elsewhere.auth_dir, elsewhere.data_dir):
        for path in (root, *root.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path


def test_the_manifest_names_versions_and_every_file(settings: Settings, copy: Path) -> None:
    backup.back_up(settings, copy)
    found = json.loads((copy / "manifest.json").read_text())
    assert found["format"] == 1
    assert found["engine"] == "sqlite"
    assert found["neonize"] == "0.5.2"
    there = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    assert set(found["files"]) == there - {"manifest.json"}
    assert all(len(each["sha256"]) == 64 for each in found["files"].values())


def without_manifest(copy: Path) -> None:
    (copy / "manifest.json").unlink()


def with_a_byte_changed(copy: Path) -> None:
    path = copy / "database" / "vendeai.db"
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)


def without_a_file(copy: Path) -> None:
    (copy / "auth_info" / "empresa_5" / "current").unlink()


def with_a_file_too_many(copy: Path) -> None:
    (copy / "auth_info" / "empresa_5" / "journal.db-wal").touch()


def of_a_later_program(copy: Path) -> None:
    path = copy / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))


@pytest.mark.parametrize(
    "harm",
    [
        without_manifest,
        with_a_byte_changed,
        without_a_file,
        with_a_file_too_many,
        of_a_later_program,
    ],
)
def test_a_backup_that_is_not_whole_is_refused(
    settings: Settings, copy: Path, elsewhere: Settings, harm: object
) -> None:
    backup.back_up(settings, copy)
    assert callable(harm)
    harm(copy)
    with pytest.raises(Problem):
        restore.restore(elsewhere, copy)
    assert not elsewhere.auth_dir.exists()


def test_a_backup_that_fails_has_no_manifest(
    settings: Settings, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        raise sqlite3.OperationalError("database or disk is full", source, target)

    monkeypatch.setattr(backup, "copy_sqlite", full)
    with pytest.raises(Problem, match="incomplete"):
        backup.back_up(settings, copy)
    assert not (copy / manifest.NAME).exists()


def test_nothing_is_overwritten(settings: Settings, copy: Path, elsewhere: Settings) -> None:
    backup.back_up(settings, copy)
    with pytest.raises(Problem, match="not empty"):
        backup.back_up(settings, copy)
    with pytest.raises(Problem, match="nothing is overwritten"):
        restore.restore(settings, copy)
    linked(elsewhere, 7)
    with pytest.raises(Problem, match="empresa_7"):
        restore.restore(elsewhere, copy)
    shutil.rmtree(elsewhere.auth_dir)
    made(elsewhere)
    with pytest.raises(Problem, match=r"vendeai\.db"):
        restore.restore(elsewhere, copy)
    assert not (elsewhere.auth_dir / "empresa_5").exists()


def test_a_pairing_that_is_under_way_does_not_spoil_the_copy(
    settings: Settings, copy: Path, elsewhere: Settings
) -> None:
    folder = EmpresaFolder(settings.auth_dir, 8)
    with folder.locked():
        folder.open_store()
        backup.back_up(settings, copy)
    restore.restore(elsewhere, copy)
    assert EmpresaFolder(elsewhere.auth_dir, 8).linked() is None


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


class Traffic:
    """Events on their way through a journal into the ledger, as worker and server do it."""

    def __init__(self, settings: Settings, seed: int) -> None:
        self.journalled = 0
        self._database = Database(settings.database_url)
        self._journal = Journal(EmpresaFolder(settings.auth_dir, 5).journal)
        self._random = random.Random(seed)  # noqa: S311 - a printed seed
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=each) for each in (self._receive, self._record)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        self._journal.close()

    def _receive(self) -> None:
        while not self._is_over.wait(self._random.random() / 2000):
            key = str(self.journalled + 1)
            assert self._journal.append("message", key, AT, {}, b"")
            self.journalled += 1

    def _record(self) -> None:
        while not self._is_over.is_set():
            entries = self._journal.unconfirmed(0, self._random.randint(1, 30))
            deliver(self._database, entries)
            if entries and self._random.random() < 0.9:
                self._journal.confirm(entries[-1].entry_id)


def deliver(database: Database, entries: list[Journalled]) -> None:
    recorded(database, 5, *(event(entry.key) for entry in entries))


def test_a_copy_made_during_traffic_neither_loses_nor_doubles(
    settings: Settings, tmp_path: Path
) -> None:
    seed = random.randrange(2**32)  # noqa: S311 - as above
    print(f"seed {seed}")  # noqa: T201 - to repeat it
    with Traffic(settings, seed) as traffic:
        for attempt in range(12):
            before = traffic.journalled
            backup.back_up(settings, tmp_path / f"copy {attempt}")
            target = settings_in(tmp_path / f"target {attempt}")
            restore.restore(target, tmp_path / f"copy {attempt}")
            database = Database(target.database_url)
            with closing(Journal(EmpresaFolder(target.auth_dir, 5).journal)) as journal:
                deliver(database, journal.unconfirmed(0, 100_000))
            got = keys(database, 5)[1:]
            assert got == [str(number) for number in range(1, len(got) + 1)]
            assert len(got) >= before
    assert traffic.journalled > 100


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


def test_both_commands_as_an_operator_runs_them(tmp_path: Path) -> None:
    with running("serve", tmp_path) as server:
        server.until_ready()
        assert server.post("/api/bot/connect/5").status_code == 200
        answer = run("backup", tmp_path, "copy")
        assert answer.returncode == 0, answer.stderr
        assert "Backed up" in answer.stdout
        answer = run("restore", tmp_path, "copy")
        assert answer.returncode == 2
        assert "stop it first" in answer.stderr
    answer = run("restore", tmp_path, "copy")
    assert answer.returncode == 2
    assert "nothing is overwritten" in answer.stderr
    (tmp_path / "data").rename(tmp_path / "old data")
    (tmp_path / "auth_info").rename(tmp_path / "old auth_info")
    answer = run("restore", tmp_path, "copy")
    assert answer.returncode == 0, answer.stderr
    assert "Restored: 1 empresas" in answer.stdout
    assert "encryption state" in answer.stdout
    with running("serve", tmp_path) as server:
        server.until_ready()
        assert server.get("/api/bot/status/5").status_code == 200


def test_without_a_database_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    answer = run("backup", tmp_path, "copy")
    assert answer.returncode == 2
    assert "nothing to back up" in answer.stderr
    assert not (tmp_path / "data").exists()


def test_of_postgresql_the_folders_are_copied_and_the_ledgers_get_new_ids(
    postgresql_server: PostgresServer, tmp_path: Path, copy: Path
) -> None:
    url = PostgresTestDatabase(postgresql_server).url
    server = settings_in(tmp_path / "server", VENDEAI_DATABASE_URL=url)
    database = made(server)
    linked(server, 5)
    recorded(database, 5, event("first"))
    before = ledger_ids(database)
    found = backup.back_up(server, copy)
    assert (found.engine, found.empresas) == ("postgresql", [5])
    assert not (copy / "database").exists()
    # The operator restores the dump; here the database itself stands for it.
    target = settings_in(tmp_path / "elsewhere", VENDEAI_DATABASE_URL=url)
    assert restore.restore(target, copy) == 1
    assert EmpresaFolder(target.auth_dir, 5).linked() is not None
    assert ledger_ids(database)[5] != before[5]
    with pytest.raises(Problem, match="is of a server on postgresql"):
        restore.restore(settings_in(tmp_path / "sqlite"), copy)
    absent = PostgresTestDatabase(postgresql_server).url
    empty = settings_in(tmp_path / "empty", VENDEAI_DATABASE_URL=absent)
    with pytest.raises(Problem, match="pg_restore"):
        restore.restore(empty, copy)
    assert list(empty.auth_dir.glob("empresa_*")) == []
