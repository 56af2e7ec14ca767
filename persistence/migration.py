"""Brings a database to the program's revision, or says why that cannot be."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal, TypeAlias

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from persistence.engine import DatabaseEngine
from persistence.errors import DatabaseInUse, DatabaseNewer, DatabaseTaken, DatabaseUnusable

logger = logging.getLogger("vendeai.persistence")

#: Where the program's revisions are.
REVISIONS = Path(__file__).parent / "migrations"

DatabaseState: TypeAlias = Literal["absent", "older", "current"]
"""`older`: the next start migrates it."""


def migrate(engine: DatabaseEngine, revisions: Path = REVISIONS, target: str = "head") -> None:
    """Upgrade to `target`: all of it or nothing, and by one process at a time.

    An SQLite file is copied first, to a file beside it named after its revision. Raises
    `DatabaseNewer`, `DatabaseInUse` and `DatabaseUnusable`.
    """
    config, scripts = _scripts(revisions)
    wanted = scripts.as_revision_number(target)
    engine.create()
    with engine.reader().begin() as connection:
        if _revision(connection, engine, scripts) == wanted:
            return
    with engine.migration_lock():
        _migrate(engine, config, scripts, target)


def state(engine: DatabaseEngine, revisions: Path = REVISIONS) -> DatabaseState:
    """How it stands, without making or changing anything. Raises `DatabaseNewer`."""
    if not engine.exists():
        return "absent"
    _, scripts = _scripts(revisions)
    with engine.reader().begin() as connection:
        found = _revision(connection, engine, scripts)
    if found is None:
        return "absent"
    return "current" if found == scripts.get_current_head() else "older"


def _migrate(engine: DatabaseEngine, config: Config, scripts: ScriptDirectory, target: str) -> None:
    wanted = scripts.as_revision_number(target)
    with engine.reader().begin() as connection:
        found = _revision(connection, engine, scripts)
    if found == wanted:
        return
    try:
        # A running server, of an older version, would go on with tables that it does not know.
        engine.claim()
    except DatabaseTaken as taken:
        raise DatabaseInUse(
            f"The database {engine.name} must be migrated, but a server uses it: stop it first."
        ) from taken
    try:
        with engine.migrator().begin() as connection:
            _upgrade(engine, connection, config, found, target)
    finally:
        engine.release()
    logger.info("the database was migrated from %s to %s", found, wanted)


def _upgrade(
    engine: DatabaseEngine, connection: Connection, config: Config, found: str | None, target: str
) -> None:
    if found is not None:
        copy = engine.back_up(f"revision-{found}.backup")
        if copy is not None:
            logger.info("the database was copied to %s before its migration", copy)
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, target)
    except IntegrityError as error:
        raise _broken(engine, str(error.orig).partition("\n")[0]) from error
    broken = engine.broken_reference(connection)
    if broken is not None:
        raise _broken(engine, broken)


def _broken(engine: DatabaseEngine, what: str) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"The migration of {engine.name} would break a reference ({what}): nothing was changed; "
        "start the version that you had before and report this."
    )


def _scripts(revisions: Path) -> tuple[Config, ScriptDirectory]:
    config = Config()
    config.set_main_option("script_location", str(revisions).replace("%", "%%"))
    return config, ScriptDirectory.from_config(config)


def _revision(
    connection: Connection, engine: DatabaseEngine, scripts: ScriptDirectory
) -> str | None:
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {known.revision for known in scripts.walk_revisions()}:
        raise DatabaseNewer(
            f"The database {engine.name} was written by a newer version of this program "
            f"(revision {found}): start that version, or restore a backup from before."
        )
    return found
