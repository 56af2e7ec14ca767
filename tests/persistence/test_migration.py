from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from persistence import empresas, migration
from persistence.database import Database
from persistence.engine import DatabaseEngine
from persistence.errors import DatabaseInUse, DatabaseNewer, DatabaseUnusable
from persistence.migration import REVISIONS, migrate
from persistence.models import Model
from persistence.sqlite import SqliteFile
from tests.databases import SqliteTestDatabase, TestDatabase

ROOT = Path(__file__).parents[2]

#: A later revision, as a later version of the program will have one.
LATER = """
import os
import signal
from pathlib import Path
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = {head!r}

def upgrade():
    with op.batch_alter_table("empresas") as empresas:
        empresas.add_column(sa.Column("city", sa.Text))
    {then}
"""


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(REVISIONS))
    return ScriptDirectory.from_config(config)


ALL_REVISIONS = [script.revision for script in scripts().walk_revisions()]
HEAD = ALL_REVISIONS[0]


def later_program(folder: Path, then: str = "pass") -> Path:
    """The revisions of a program that is one ahead of this one."""
    revisions = folder / "later"
    shutil.copytree(REVISIONS, revisions, ignore=shutil.ignore_patterns("__pycache__"))
    (revisions / "versions" / "9999_later.py").write_text(LATER.format(head=HEAD, then=then))
    return revisions


def engine(site: TestDatabase) -> DatabaseEngine:
    return Database(site.url)._engine


def revision_of(site: TestDatabase) -> str | None:
    found = site.rows("SELECT version_num FROM alembic_version")
    return str(found[0][0]) if found else None


def columns(site: TestDatabase) -> set[str]:
    with engine(site).reader().connect() as connection:
        return {column["name"] for column in inspect(connection).get_columns("empresas")}


def fill(database: Database) -> None:
    writer = database.writer()
    with writer.transaction() as connection:
        empresas.ensure(connection, [5, 6])
    writer.close()


@contextmanager
def starting(site: TestDatabase, revisions: Path = REVISIONS) -> Iterator[subprocess.Popen[str]]:
    """Another process, about to migrate."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.persistence.migrating_process", site.url, revisions],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


def test_from_scratch_the_tables_are_those_of_the_models(
    database: Database, site: TestDatabase
) -> None:
    del database
    with engine(site).reader().begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Model.metadata) == []


def test_a_second_start_changes_nothing_and_copies_nothing(
    file_database: Database, path: Path
) -> None:
    before = path.read_bytes()
    file_database.migrate()
    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.backup"))


@pytest.mark.parametrize("revision", ALL_REVISIONS)
def test_each_revision_is_brought_to_the_newest(
    site: TestDatabase, tmp_path: Path, revision: str
) -> None:
    file = engine(site)
    migrate(file, target=revision)
    assert revision_of(site) == revision
    migrate(file, later_program(tmp_path))
    assert revision_of(site) == "9999"


def test_a_migration_keeps_the_rows(database: Database, site: TestDatabase, tmp_path: Path) -> None:
    fill(database)
    migrate(engine(site), later_program(tmp_path))
    assert revision_of(site) == "9999"
    assert "city" in columns(site)
    assert site.rows("SELECT id FROM empresas ORDER BY id") == [(5,), (6,)]


def test_a_migration_of_a_file_leaves_a_copy_of_before(
    file_database: Database, path: Path, tmp_path: Path
) -> None:
    fill(file_database)
    migrate(SqliteFile(path), later_program(tmp_path))
    before = path.with_name(f"{path.name}.revision-{HEAD}.backup")
    assert stat.S_IMODE(before.stat().st_mode) == 0o600
    copy = SqliteTestDatabase(before)
    assert revision_of(copy) == HEAD
    assert "city" not in columns(copy)
    assert copy.rows("SELECT id FROM empresas ORDER BY id") == [(5,), (6,)]
    assert not list(path.parent.glob("*.partial*"))


def test_a_newer_database_is_refused_with_a_sentence_and_left_alone(
    database: Database, site: TestDatabase, tmp_path: Path
) -> None:
    fill(database)
    migrate(engine(site), later_program(tmp_path))
    with pytest.raises(DatabaseNewer, match="revision 9999"):
        database.migrate()
    assert revision_of(site) == "9999"


def test_a_migration_that_fails_changes_nothing(
    database: Database, site: TestDatabase, tmp_path: Path
) -> None:
    fill(database)
    with pytest.raises(ZeroDivisionError):
        migrate(engine(site), later_program(tmp_path, "1 / 0"))
    assert revision_of(site) == HEAD
    assert "city" not in columns(site)
    database.migrate()


def test_a_migration_that_breaks_a_reference_changes_nothing(
    database: Database, site: TestDatabase, tmp_path: Path
) -> None:
    fill(database)
    columns = "INSERT INTO session_statuses (empresa_id, state, since)"
    insert = f"{columns} VALUES (9, '', '2026-11-24 14:00:00')"
    orphan = f"op.execute({insert!r})"
    with pytest.raises(DatabaseUnusable, match="session_statuses"):
        migrate(engine(site), later_program(tmp_path, orphan))
    assert revision_of(site) == HEAD


def test_a_migration_killed_in_the_middle_leaves_a_healthy_database(
    database: Database, site: TestDatabase, tmp_path: Path
) -> None:
    fill(database)
    killed = later_program(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    for _ in range(3):
        with starting(site, killed) as process:
            process.communicate("go\n", timeout=30)
        assert process.returncode == -signal.SIGKILL
        assert revision_of(site) == HEAD
        assert "city" not in columns(site)
    shutil.rmtree(killed)
    migrate(engine(site), later_program(tmp_path))
    assert revision_of(site) == "9999"


@pytest.mark.parametrize("is_new", [True, False], ids=["from scratch", "from the revision before"])
def test_of_two_starts_at_once_one_migrates_and_both_go_on(
    site: TestDatabase, tmp_path: Path, *, is_new: bool
) -> None:
    if not is_new:
        migrate(engine(site))
    once = later_program(tmp_path, f'Path("{tmp_path}/ran").touch(exist_ok=False)')
    with ExitStack() as stack:
        starts = [stack.enter_context(starting(site, once)) for _ in range(2)]
        for process in starts:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in starts:
            answer, _ = process.communicate(timeout=30)
            assert (answer, process.returncode) == ("done\n", 0)
    assert revision_of(site) == "9999"


def test_a_start_gives_up_on_another_that_never_ends_its_migration(
    site: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.sqlite.MIGRATION_LOCK_SECONDS", 0.1)
    file = engine(site)
    file.create()
    with file.migration_lock(), pytest.raises(DatabaseUnusable, match="end it first"):
        Database(site.url).migrate()


def test_an_older_database_is_not_migrated_under_a_running_server(
    site: TestDatabase, tmp_path: Path
) -> None:
    running = site.database()
    running.claim()
    later = later_program(tmp_path)
    with pytest.raises(DatabaseInUse, match="stop it first"):
        migrate(engine(site), later)
    assert revision_of(site) == HEAD
    running._engine.release()
    migrate(engine(site), later)
    assert revision_of(site) == "9999"


def test_an_older_database_that_another_program_has_locked_is_refused_with_a_sentence(
    site: TestDatabase,
) -> None:
    migrate(engine(site), target="0001")
    with site.locked(), pytest.raises(DatabaseUnusable, match="end the program that uses it"):
        Database(site.url).migrate()


def test_a_current_database_that_is_locked_can_be_started_with(
    database: Database, site: TestDatabase
) -> None:
    with site.locked():
        database.migrate()


def test_events_from_before_their_order_keep_that_of_their_ledgers_and_of_their_times(
    site: TestDatabase,
) -> None:
    """An event whose clock went back stays behind its predecessor."""
    migrate(engine(site), target="0003")
    with engine(site).migrator().begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO empresas (id, wanted, created_at, ledger_id, last_seq) VALUES"
            " (5, false, '2026-11-24 14:00:00', 'a', 3), (6, false, '2026-11-24 14:00:00', 'b', 1)"
        )
        connection.exec_driver_sql(
            "INSERT INTO events (empresa_id, seq, type, at, data) VALUES"
            " (5, 1, 'x', '2026-11-24 14:00:01', '{}'), (5, 2, 'x', '2026-11-24 14:00:05', '{}'),"
            " (5, 3, 'x', '2026-11-24 14:00:02', '{}'), (6, 1, 'x', '2026-11-24 14:00:03', '{}')"
        )
    migrate(engine(site))
    found = site.rows("SELECT empresa_id, seq, position FROM events ORDER BY position")
    assert found == [(5, 1, 1), (6, 1, 2), (5, 2, 3), (5, 3, 4)]
    ((order_id, last),) = site.rows("SELECT order_id, last_position FROM event_orders")
    assert (len(order_id), last) == (16, 4)


def test_the_revisions_stand_in_one_line() -> None:
    assert len(scripts().get_heads()) == 1
    assert migration.REVISIONS.is_dir()
    assert os.access(migration.REVISIONS / "env.py", os.R_OK)
