"""`backup DIR`: a consistent copy of database and credentials, while the server runs.

The order is what makes it whole. Folders first, of each the credentials and then the journal;
the database last. An event moves from the journal to the database and is then removed from the
journal: copied in this order it is in one of the two or in both, where its key makes the second
harmless. In the other order it could be in neither.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

from commands import manifest
from commands.problem import Problem, report
from persistence.copying import copy_sqlite, ledger_ids, revision, sqlite_path
from persistence.database import Database
from persistence.errors import DatabaseProblem, DatabaseUnavailable
from settings import Settings, SettingsError, read_settings
from whatsapp.folder import EmpresaFolder, empresa_folders
from whatsapp.folder_copy import FolderUnsettledError, copy_folder

#: Within a backup.
DATABASE = Path("database") / "vendeai.db"
AUTH = Path("auth_info")

_POSTGRESQL = (
    "The database is PostgreSQL, which this backup does not hold: copy it now, after the "
    "journals and not before, with `pg_dump --format=custom --file=FILE`, and keep both together."
)


def run(folder: str) -> int:
    """Back up into a folder that is new or empty; answers the exit code."""
    os.umask(0o077)
    try:
        made = back_up(read_settings(os.environ), Path(folder).absolute())
    except (SettingsError, Problem) as problem:
        return report(problem)
    print(f"Backed up: {len(made.files)} files, the folders of {len(made.empresas)} empresas.")
    if made.engine != "sqlite":
        print(_POSTGRESQL)
    return 0


def back_up(settings: Settings, target: Path) -> manifest.Manifest:
    """All of it. Raises `Problem`; what was made until then has no manifest."""
    database = _database(settings)
    _make_empty(target)
    try:
        return _copy_all(settings, database, target)
    except (OSError, sqlite3.Error, FolderUnsettledError, DatabaseUnavailable) as error:
        raise Problem(
            f"The backup in {target} is incomplete, remove it and try again: {error}"
        ) from error


def _database(settings: Settings) -> Database:
    try:
        database = Database(settings.database_url)
        state = database.state()
    except DatabaseProblem as problem:
        raise Problem(str(problem)) from problem
    if state == "absent":
        raise Problem("There is no database yet, and so nothing to back up.")
    return database


def _make_empty(target: Path) -> None:
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.chmod(0o700)
        is_empty = not any(target.iterdir())
    except OSError as error:
        raise Problem(f"The folder {target} cannot be used ({error.strerror}).") from error
    if not is_empty:
        raise Problem(f"The folder {target} is not empty: give one that is, or a new one.")


def _copy_all(settings: Settings, database: Database, target: Path) -> manifest.Manifest:
    before = ledger_ids(database)
    for empresa_id, folder in empresa_folders(settings.auth_dir):
        copy_folder(folder, EmpresaFolder(target / AUTH, empresa_id), copy_sqlite)
    path = sqlite_path(settings.database_url)
    if path is not None:
        (target / DATABASE).parent.mkdir(mode=0o700)
        copy_sqlite(path, target / DATABASE)
        database = Database(f"sqlite:///{target / DATABASE}")
    after = ledger_ids(database)
    for empresa_id, folder in empresa_folders(target / AUTH):
        if empresa_id in before and before[empresa_id] != after.get(empresa_id):
            # Erased meanwhile: what is gone is gone from here too.
            shutil.rmtree(folder.path)
    copied = [empresa_id for empresa_id, _ in empresa_folders(target / AUTH)]
    engine = "postgresql" if path is None else "sqlite"
    return manifest.write(target, engine, revision(database), copied)
