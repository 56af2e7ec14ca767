"""Brings a database to the program's revision, or says why that cannot be."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from persistence.errors import DatabaseNewer, DatabaseUnusable
from persistence.sqlite import SqliteFile

logger = logging.getLogger("vendeai.persistence")

#: Where the program's revisions are.
REVISIONS = Path(__file__).parent / "migrations"


def migrate(file: SqliteFile, revisions: Path = REVISIONS, target: str = "head") -> None:
    """Upgrade to `target`: all of it or nothing, and by one process at a time.

    What is there already is copied first, to a file beside it named after its revision.
    Raises `DatabaseNewer` and `DatabaseUnusable`.
    """
    config, scripts = _scripts(revisions)
    wanted = scripts.as_revision_number(target)
    file.create()
    with file.reader().begin() as connection:
        if _revision(connection, file, scripts) == wanted:
            return
    with file.migration_lock(), file.migrator().begin() as connection:
        found = _revision(connection, file, scripts)
        if found == wanted:
            return
        if found is not None:
            copy = file.back_up(f"revision-{found}.backup")
            logger.info("the database was copied to %s before its migration", copy)
        config.attributes["connection"] = connection
        command.upgrade(config, target)
        _check_references(connection, file)
    logger.info("the database was migrated from %s to %s", found, wanted)


def is_current(file: SqliteFile, revisions: Path = REVISIONS) -> bool:
    """Whether a file needs no migration; nothing is changed. Raises `DatabaseNewer`."""
    _, scripts = _scripts(revisions)
    with file.reader().begin() as connection:
        return _revision(connection, file, scripts) == scripts.get_current_head()


def _scripts(revisions: Path) -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(revisions).replace("%", "%%"))
    return config, ScriptDirectory.from_config(config)


def _revision(connection: Connection, file: SqliteFile, scripts: ScriptDirectory) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {known.revision for known in scripts.walk_revisions()}:
        raise DatabaseNewer(
            f"The database {file.path} was written by a newer version of this program "
            f"(revision {found}): start that version, or restore a backup from before."
        )
    return found


def _check_references(connection: Connection, file: SqliteFile) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise DatabaseUnusable(
            f"The migration of {file.path} would break a reference of table {broken[0]}: nothing "
            "was changed; start the version that you had before and report this."
        )
