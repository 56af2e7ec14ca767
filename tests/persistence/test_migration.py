from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from persistence import empresas, migration
from persistence.database import Database
from persistence.errors import DatabaseNewer, DatabaseUnusable
from persistence.migration import REVISIONS, migrate
from persistence.models import Model
from persistence.sqlite import SqliteFile

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


def revision_of(path: Path) -> str | None:
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(found[0]) if found else None


def columns(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(empresas)")]


def fill(database: Database) -> None:
    writer = database.writer()
    with writer.transaction() as connection:
        empresas.ensure(connection, [5, 6])
    writer.close()


@contextmanager
def starting(path: Path, revisions: Path = REVISIONS) -> Iterator[subprocess.Popen[str]]:
    """Another process, about to migrate."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.persistence.migrating_process", path, revisions],
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
    file_database: Database, path: Path
) -> None:
    del file_database
    with SqliteFile(path).reader().begin() as connection:
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
def test_each_revision_is_brought_to_the_newest(path: Path, tmp_path: Path, revision: str) -> None:
    file = SqliteFile(path)
    migrate(file, target=revision)
    assert revision_of(path) == revision
    migrate(file, later_program(tmp_path))
    assert revision_of(path) == "9999"


def test_a_migration_keeps_the_rows_and_leaves_a_copy_of_before(
    file_database: Database, path: Path, tmp_path: Path
) -> None:
    fill(file_database)
    migrate(SqliteFile(path), later_program(tmp_path))
    copy = path.with_name(f"{path.name}.revision-{HEAD}.backup")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert (revision_of(copy), revision_of(path)) == (HEAD, "9999")
    assert ("city" in columns(copy), "city" in columns(path)) == (False, True)
    for each in (copy, path):
        with closing(sqlite3.connect(each)) as connection:
            assert connection.execute("SELECT id FROM empresas").fetchall() == [(5,), (6,)]
    assert not list(path.parent.glob("*.partial*"))


def test_a_newer_database_is_refused_with_a_sentence_and_left_alone(
    file_database: Database, path: Path, tmp_path: Path
) -> None:
    fill(file_database)
    migrate(SqliteFile(path), later_program(tmp_path))
    with pytest.raises(DatabaseNewer, match="revision 9999"):
        file_database.migrate()
    assert revision_of(path) == "9999"


def test_a_migration_that_fails_changes_nothing(
    file_database: Database, path: Path, tmp_path: Path
) -> None:
    fill(file_database)
    with pytest.raises(ZeroDivisionError):
        migrate(SqliteFile(path), later_program(tmp_path, "1 / 0"))
    assert revision_of(path) == HEAD
    assert "city" not in columns(path)
    file_database.migrate()


def test_a_migration_that_breaks_a_reference_changes_nothing(
    file_database: Database, path: Path, tmp_path: Path
) -> None:
    fill(file_database)
    insert = "INSERT INTO session_statuses (empresa_id, state, since) VALUES (9, '', '')"
    orphan = f"op.execute({insert!r})"
    with pytest.raises(DatabaseUnusable, match="session_statuses"):
        migrate(SqliteFile(path), later_program(tmp_path, orphan))
    assert revision_of(path) == HEAD


def test_a_migration_killed_in_the_middle_leaves_a_healthy_database(
    file_database: Database, path: Path, tmp_path: Path
) -> None:
    fill(file_database)
    killed = later_program(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    for _ in range(3):
        with starting(path, killed) as process:
            process.communicate("go\n", timeout=30)
        assert process.returncode == -signal.SIGKILL
        assert revision_of(path) == HEAD
        assert "city" not in columns(path)
    shutil.rmtree(killed)
    migrate(SqliteFile(path), later_program(tmp_path))
    assert revision_of(path) == "9999"


@pytest.mark.parametrize("is_new", [True, False], ids=["from scratch", "from the revision before"])
def test_of_two_starts_at_once_one_migrates_and_both_go_on(
    path: Path, tmp_path: Path, *, is_new: bool
) -> None:
    if not is_new:
        migrate(SqliteFile(path))
    once = later_program(tmp_path, f'Path("{tmp_path}/ran").touch(exist_ok=False)')
    with ExitStack() as stack:
        starts = [stack.enter_context(starting(path, once)) for _ in range(2)]
        for process in starts:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in starts:
            answer, _ = process.communicate(timeout=30)
            assert (answer, process.returncode) == ("done\n", 0)
    assert revision_of(path) == "9999"


def test_a_start_gives_up_on_another_that_never_ends_its_migration(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("persistence.sqlite.MIGRATION_LOCK_SECONDS", 0.1)
    file = SqliteFile(path)
    file.create()
    with file.migration_lock(), pytest.raises(DatabaseUnusable, match="end it first"):
        Database(f"sqlite:///{path}").migrate()


def test_a_database_that_another_program_has_locked_is_refused_with_a_sentence(path: Path) -> None:
    SqliteFile(path).create()
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnusable, match="end the program that uses it"):
            Database(f"sqlite:///{path}").migrate()


def test_a_current_database_that_is_locked_can_be_started_with(
    file_database: Database, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        file_database.migrate()


def test_the_revisions_stand_in_one_line() -> None:
    assert len(scripts().get_heads()) == 1
    assert migration.REVISIONS.is_dir()
    assert os.access(migration.REVISIONS / "env.py", os.R_OK)
