from __future__ import annotations

import random
import shutil
import stat
from contextlib import closing
from pathlib import Path

import pytest

from commands import backup, restore
from commands.problem import Problem
from persistence.copying import ledger_ids
from persistence.database import Database
from settings import Settings
from tests.commands.places import event, keys, linked, made, recorded, settings_in
from tests.commands.program import run, running
from tests.commands.traffic import Traffic, deliver
from tests.databases import PostgresTestDatabase
from tests.postgresql_server import PostgresServer
from whatsapp.folder import EmpresaFolder
from whatsapp.journal import Journal

pytestmark = pytest.mark.usefixtures("as_commands_run")


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
