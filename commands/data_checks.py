"""What `check` finds out about stored data: the database, the credentials, the journals."""

from __future__ import annotations

import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from commands.finding import Finding
from persistence import empresas
from persistence.database import Database
from persistence.errors import DatabaseProblem, DatabaseUnavailable
from settings import Settings
from whatsapp.folder import EmpresaFolder, FolderInUseError, locked
from whatsapp.journal import Journal

_FOLDER = re.compile(r"empresa_([1-9][0-9]{0,14})")
#: Entries of a journal that are counted.
_COUNTED = 1000


def everything(settings: Settings) -> list[Finding]:
    """All of it."""
    found = [*database(settings), *modes(settings), *strangers(settings)]
    if _is_served(settings.auth_dir):
        return [*found, Finding.note("A server is running on these folders.")]
    return [*found, *journals(settings.auth_dir)]


def database(settings: Settings) -> list[Finding]:
    """Whether a start could use it."""
    try:
        state = Database(settings.database_url).state()
    except DatabaseProblem as problem:
        return [Finding.wrong(str(problem))]
    if state == "absent":
        return [Finding.note("There is no database yet: the first start makes it.")]
    if state == "older":
        return [Finding.note("The database is of an older version: the next start migrates it.")]
    return []


def modes(settings: Settings) -> list[Finding]:
    """Whether anybody else can read credentials or messages."""
    private = [folder for _, folder in _folders(settings.auth_dir)]
    if settings.data_dir.exists():
        private += settings.data_dir.glob("*.db*")
    open_ones = [path for path in private if _is_open(path)]
    return [
        Finding.wrong(f"Others can read {path}: `chmod -R go= '{path}'`.") for path in open_ones
    ]


def strangers(settings: Settings) -> list[Finding]:
    """Credentials whose empresa the database does not know: nothing would ever use them."""
    try:
        target = Database(settings.database_url)
        if target.state() != "current":
            return []
        with target.reader().transaction() as connection:
            known = {empresa.empresa_id for empresa in empresas.every(connection)}
    except (DatabaseProblem, DatabaseUnavailable):
        return []
    return [
        Finding.wrong(
            f"{folder} belongs to an empresa that the database does not know: restore the "
            "database that goes with it, connect that empresa, or move the folder away."
        )
        for empresa_id, folder in _folders(settings.auth_dir)
        if empresa_id not in known
    ]


def journals(auth_dir: Path) -> list[Finding]:
    """Events that have reached a journal and not the database. Only while no server runs."""
    found = []
    for empresa_id, folder in _folders(auth_dir):
        path = EmpresaFolder(auth_dir, empresa_id).journal
        if not path.exists():
            continue
        try:
            with closing(Journal(path)) as journal:
                count = len(journal.unconfirmed(0, _COUNTED))
        except sqlite3.Error as error:
            found.append(Finding.wrong(f"The journal {path} cannot be read: {error}."))
            continue
        if count:
            number = f"{count} or more" if count == _COUNTED else str(count)
            found.append(
                Finding.wrong(
                    f"The journal in {folder} holds {number} events that are not in the database: "
                    "start the server, which stores them."
                )
            )
    return found


def _folders(auth_dir: Path) -> Iterator[tuple[int, Path]]:
    if not auth_dir.is_dir():
        return
    for folder in sorted(auth_dir.iterdir()):
        name = _FOLDER.fullmatch(folder.name)
        if name:
            yield int(name[1]), folder


def _is_open(path: Path) -> bool:
    # What stands in a closed folder is closed, whatever its own mode.
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _is_served(auth_dir: Path) -> bool:
    lock = auth_dir / "server.lock"
    if not lock.exists():
        return False
    try:
        with locked(lock):
            return False
    except FolderInUseError:
        return True
