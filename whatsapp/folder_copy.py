"""A copy of an empresa's folder, made while a worker may be using it."""

from __future__ import annotations

import shutil
import sqlite3
from typing import TYPE_CHECKING, TypeAlias

from whatsapp.folder import EmpresaFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    CopyDatabase: TypeAlias = Callable[[Path, Path], None]

#: A pairing or an erasure may move what is being copied; neither comes twice in a moment.
_ATTEMPTS = 5


class FolderUnsettledError(Exception):
    """What is in the folder changes faster than it can be copied, or cannot be read."""


def copy_folder(source: EmpresaFolder, target: EmpresaFolder, copy: CopyDatabase) -> None:
    """Copy the credentials that a start would use, and then the journal.

    `copy` copies one SQLite database that others may be writing. Not while a client of the
    empresa runs in this process (`store.linked_number` says why). Raises FolderUnsettledError,
    and OSError or sqlite3.Error where the target cannot be written.
    """
    for _ in range(_ATTEMPTS):
        before = source.linked_database()
        shutil.rmtree(target.path, ignore_errors=True)
        if not source.path.exists():
            return
        try:
            _copy(source, before, target, copy)
        except FileNotFoundError:
            continue
        if source.linked_database() == before:
            return
    raise FolderUnsettledError(f"{source.path} changes while it is copied: try again.")


def _copy(
    source: EmpresaFolder, database: Path | None, target: EmpresaFolder, copy: CopyDatabase
) -> None:
    target.make()
    if database is not None:
        copied = target.path / database.parent.name / database.name
        copied.parent.mkdir(mode=0o700)
        _copy_one(database, copied, copy)
        target.settle_on(copied)
    if source.journal.exists():
        _copy_one(source.journal, target.journal, copy)


def _copy_one(source: Path, target: Path, copy: CopyDatabase) -> None:
    try:
        copy(source, target)
    except sqlite3.OperationalError as error:
        if not source.exists():
            raise FileNotFoundError(source) from error
        raise
