"""What `check` finds out about stored data: the database, credentials, journals, files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from commands import empresa_checks
from commands.finding import Finding
from persistence.copying import sqlite_path
from persistence.database import Database
from persistence.errors import DatabaseProblem
from settings import Settings
from whatsapp.folder import empresa_folders
from whatsapp.folder_check import is_held


def everything(settings: Settings) -> list[Finding]:
    """All of it."""
    is_served = is_held(settings.auth_dir / "server.lock")
    found = [*database(settings), *modes(settings), *media(settings)]
    found += empresa_checks.everything(settings, is_served=is_served)
    if is_served:
        found.append(Finding.note("A server is running on these folders."))
    return found


def database(settings: Settings) -> list[Finding]:
    """Whether a start could use it."""
    database = Database(settings.database_url)
    try:
        state, report = database.state(), database.report()
    except DatabaseProblem as problem:
        return [Finding.wrong(str(problem))]
    found = [Finding.wrong(sentence) for sentence in report.wrong]
    found += [Finding.note(sentence) for sentence in report.notes]
    if state == "absent":
        found.append(Finding.note("There is no database yet: the first start makes it."))
    if state == "older":
        sentence = "The database is of an older version: the next start migrates it."
        found.append(Finding.note(sentence))
    return found


def media(settings: Settings) -> list[Finding]:
    """Whether files can be kept, and from where they are fetched besides the Internet."""
    folder, found = settings.media_dir, []
    if folder.exists() and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        found.append(
            Finding.wrong(
                f"Files of messages cannot be written to {folder}: give this user the right to "
                "write there, or set VENDEAI_MEDIA_DIR to another folder."
            )
        )
    if settings.media_networks:
        networks = ", ".join(map(str, settings.media_networks))
        found.append(
            Finding.note(
                f"Callers of every empresa can have files fetched from {networks}, which "
                "VENDEAI_MEDIA_NETWORKS opens."
            )
        )
    return found


def modes(settings: Settings) -> list[Finding]:
    """Whether anybody else can read credentials or messages."""
    private = [folder.path for _, folder in empresa_folders(settings.auth_dir)]
    private += settings.data_dir.glob("*.db*")
    private += [folder for folder in (settings.media_dir,) if folder.is_dir()]
    file = sqlite_path(settings.database_url)
    if file is not None and file.parent != settings.data_dir:
        private += file.parent.glob(f"{file.name}*")
    open_ones = [path for path in private if _is_open(path)]
    return [
        Finding.wrong(f"Others can read {path}: `chmod -R go= '{path}'`.") for path in open_ones
    ]


def _is_open(path: Path) -> bool:
    # What stands in a closed folder is closed, whatever its own mode.
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
