"""What `check` finds out about empresas: whether folders and database go together, and are free."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from commands.finding import Finding
from persistence import empresas
from persistence.database import Database
from persistence.errors import DatabaseProblem, DatabaseUnavailable
from persistence.values import StoredEmpresa
from settings import Settings
from whatsapp.folder import EmpresaFolder, empresa_folders
from whatsapp.folder_check import is_held, store_trouble, unconfirmed


def everything(settings: Settings, *, is_served: bool) -> list[Finding]:
    """All of it. Beside a server, what belongs to its running is left out."""
    folders = dict(empresa_folders(settings.auth_dir))
    known = _known(settings)
    found = [] if known is None else [*strangers(folders, known), *missing(folders, known)]
    found += erasures(known or {}, is_served=is_served)
    if not is_served:
        found += [*leftovers(settings.auth_dir, known or {}), *journals(folders), *held(folders)]
    return found


def strangers(folders: dict[int, EmpresaFolder], known: dict[int, StoredEmpresa]) -> list[Finding]:
    """Credentials whose empresa the database does not know: nothing would ever use them."""
    return [
        Finding.wrong(
            f"{folder.path} belongs to an empresa that the database does not know: restore the "
            "database that goes with it, connect that empresa, or move the folder away."
        )
        for empresa_id, folder in folders.items()
        if empresa_id not in known
    ]


def missing(folders: dict[int, EmpresaFolder], known: dict[int, StoredEmpresa]) -> list[Finding]:
    """Empresas that were linked and have no folder: what their journal held is lost with it."""
    return [
        Finding.wrong(
            f"Empresa {empresa_id} was linked, and its folder is gone: restore the credentials "
            "that go with this database, or connect it anew with a QR."
        )
        for empresa_id, empresa in known.items()
        if empresa_id not in folders
        and not empresa.is_erasing
        and empresa.status is not None
        and empresa.status.phone_number is not None
    ]


def erasures(known: dict[int, StoredEmpresa], *, is_served: bool) -> list[Finding]:
    """Those that have begun and are not finished."""
    unfinished = [empresa_id for empresa_id, empresa in known.items() if empresa.is_erasing]
    if is_served:
        return [Finding.note(f"Empresa {each} is being erased.") for each in unfinished]
    return [
        Finding.wrong(
            f"The erasing of empresa {each} is not finished: start the server, which finishes it."
        )
        for each in unfinished
    ]


def leftovers(auth_dir: Path, known: dict[int, StoredEmpresa]) -> list[Finding]:
    """What an erasing or a restore that was cut short has left beside the folders."""
    unfinished = tuple(f"erased_{each}-" for each, empresa in known.items() if empresa.is_erasing)
    return [
        Finding.wrong(f"{path} is left of something that was cut short: remove it.")
        for kind in ("erased_*", "restoring-*")
        for path in sorted(auth_dir.glob(kind))
        if not path.name.startswith(unfinished)
    ]


def journals(folders: dict[int, EmpresaFolder]) -> list[Finding]:
    """Events that have reached a journal and not the database."""
    found = []
    for folder in folders.values():
        try:
            count = unconfirmed(folder)
        except sqlite3.Error as error:
            found.append(Finding.wrong(f"The journal {folder.journal} cannot be read: {error}."))
            continue
        if count:
            found.append(
                Finding.wrong(
                    f"The journal in {folder.path} holds {count} events that are not in the "
                    "database: start the server, which stores them."
                )
            )
    return found


def held(folders: dict[int, EmpresaFolder]) -> list[Finding]:
    """Folders and stores of credentials that another program uses, or that are damaged."""
    found = []
    for folder in folders.values():
        if is_held(folder.path / "lock"):
            found.append(
                Finding.wrong(
                    f"{folder.path} is locked by a process although no server runs: find it with "
                    f"`fuser '{folder.path}/lock'` and end it."
                )
            )
        trouble = store_trouble(folder)
        if trouble is not None:
            found.append(
                Finding.wrong(
                    f"The credentials in {folder.path} cannot be used ({trouble}): end the program "
                    "that has them open, or restore a backup."
                )
            )
    return found


def _known(settings: Settings) -> dict[int, StoredEmpresa] | None:
    """By id; None where the database cannot say, which is found elsewhere."""
    try:
        database = Database(settings.database_url)
        if database.state() != "current":
            return None
        reader = database.reader()
        try:
            with reader.transaction() as connection:
                return {each.empresa_id: each for each in empresas.every(connection)}
        finally:
            reader.close()
    except (DatabaseProblem, DatabaseUnavailable):
        return None
