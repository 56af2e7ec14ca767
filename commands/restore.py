"""`restore DIR`: put a backup in place of nothing; never over what is there."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import folders, manifest
from commands.backup import AUTH, DATABASE
from commands.problem import Problem, report
from persistence.copying import copy_sqlite, renew_ledger_ids, sqlite_path
from persistence.database import Database
from persistence.errors import DatabaseProblem, DatabaseUnavailable
from settings import Settings, SettingsError, read_settings
from whatsapp.folder import FolderInUseError, empresa_folders, locked

_WARNING = """
Before you start the server:
- The encryption state of each WhatsApp link is as old as the backup. A message that was received
  since then is not delivered again. One that comes now may be unreadable at first: the library
  asks the sender to repeat it, and the first message of some customers may come late or be lost.
- If the server from which the backup was made has gone on since, or still runs, WhatsApp may
  refuse these links, or let one server replace the other: never run both. An empresa that ends
  up logged out needs a new QR.
- Each ledger has a new ledgerId: readers begin anew, as numbers after the backup's were given to
  events that are no longer there.""".strip()


def run(folder: str) -> int:
    """Restore into the folders of the settings; answers the exit code."""
    os.umask(0o077)
    try:
        count = restore(read_settings(os.environ), Path(folder).absolute())
    except (SettingsError, Problem) as problem:
        return report(problem)
    print(f"Restored: {count} empresas.\n{_WARNING}")
    return 0


def restore(settings: Settings, source: Path) -> int:
    """Answers how many empresas the database has now. Raises `Problem`.

    Cut short it leaves at most folders without a database, which the next attempt names.
    """
    backup = manifest.read(source)
    path = sqlite_path(settings.database_url)
    if (backup.engine == "sqlite") != (path is not None):
        raise Problem(
            f"The backup in {source} is of a server on {backup.engine}, and VENDEAI_DATABASE_URL "
            "is not: set it to a database of that kind."
        )
    folders.prepare(settings.auth_dir, "VENDEAI_AUTH_DIR")
    if path is not None:
        folders.prepare(path.parent, "VENDEAI_DATABASE_URL")
    with _no_server(settings.auth_dir), _claimed(settings.database_url) as database:
        _refuse_to_overwrite(settings.auth_dir, path)
        try:
            return _put(settings, source, database, path)
        except (OSError, sqlite3.Error, DatabaseProblem, DatabaseUnavailable) as error:
            raise Problem(f"The backup could not be restored: {error}") from error


@contextmanager
def _no_server(auth_dir: Path) -> Iterator[None]:
    try:
        with locked(auth_dir / "server.lock"):
            yield
    except FolderInUseError as error:
        raise Problem(f"A server uses {auth_dir}: stop it first.") from error


@contextmanager
def _claimed(url: str) -> Iterator[Database]:
    try:
        database = Database(url)
        database.claim()
    except DatabaseProblem as problem:
        raise Problem(str(problem)) from problem
    try:
        yield database
    finally:
        database.release()


def _refuse_to_overwrite(auth_dir: Path, path: Path | None) -> None:
    there = [folder.path for _, folder in empresa_folders(auth_dir)]
    if path is not None and path.exists():
        there.append(path)
    if there:
        raise Problem(
            f"{there[0]} is there already, and nothing is overwritten: move it away (also if a "
            "restore that was cut short has left it), or set VENDEAI_DATA_DIR and "
            "VENDEAI_AUTH_DIR to other folders."
        )


def _put(settings: Settings, source: Path, database: Database, path: Path | None) -> int:
    """Copy all beside its place first, then rename, the database last: without it nothing runs."""
    beside = settings.auth_dir / f"restoring-{secrets.token_hex(8)}"
    try:
        if (source / AUTH).exists():
            _copy_tree(source / AUTH, beside)
        partial = None
        if path is not None:
            partial = path.with_name(f"{path.name}.{beside.name}")
            copy_sqlite(source / DATABASE, partial)
            database = Database(f"sqlite:///{partial}")
        if database.state() == "absent":
            raise Problem("Restore the PostgreSQL database first, with `pg_restore`.")
        count = renew_ledger_ids(database)
        for _, folder in empresa_folders(beside):
            folder.path.rename(settings.auth_dir / folder.path.name)
        manifest.sync(settings.auth_dir)
        if path is not None and partial is not None:
            partial.rename(path)
            manifest.sync(path.parent)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if path is not None:
            path.with_name(f"{path.name}.{beside.name}").unlink(missing_ok=True)
    return count


def _copy_tree(source: Path, target: Path) -> None:
    """With our modes, whatever those of the backup have become."""
    shutil.copytree(source, target, copy_function=_copy_file)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o700)
        manifest.sync(folder)


def _copy_file(source: str, target: str) -> None:
    with Path(source).open("rb") as original, Path(target).open("xb") as copy:
        os.fchmod(copy.fileno(), 0o600)
        shutil.copyfileobj(original, copy)
        copy.flush()
        os.fsync(copy.fileno())
