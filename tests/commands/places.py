"""Settings of a server that never runs, and what its folders hold."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from persistence import empresas, ledger
from persistence.database import Database
from persistence.values import LedgerEvent, NewEvent
from settings import Settings, read_settings
from whatsapp.folder import EmpresaFolder
from whatsapp.journal import Journal

AT = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)


def settings_in(folder: Path, **more: str) -> Settings:
    data, auth = folder / "data", folder / "auth_info"
    return read_settings({"VENDEAI_DATA_DIR": str(data), "VENDEAI_AUTH_DIR": str(auth), **more})


def made(settings: Settings) -> Database:
    database = Database(settings.database_url)
    database.migrate()
    return database


def linked(settings: Settings, empresa_id: int) -> EmpresaFolder:
    """An empresa's folder with credentials in it, as a pairing leaves it."""
    folder = EmpresaFolder(settings.auth_dir, empresa_id)
    with folder.locked():
        store = folder.open_store()
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE whatsmeow_device (jid TEXT, lid TEXT)")
            connection.execute(
                "INSERT INTO whatsmeow_device VALUES (?, NULL)",
                [f"5521999990{empresa_id:03}:1@s.whatsapp.net"],
            )
        folder.settle_on(store)
        Journal(folder.journal).close()
    return folder


def recorded(database: Database, empresa_id: int, *events: NewEvent) -> tuple[LedgerEvent, ...]:
    """Number and commit, as the archive does."""
    writer = database.writer()
    with writer.transaction() as connection:
        heads = empresas.ensure(connection, [empresa_id])
        numbered = ledger.append(connection, heads, {empresa_id: events})
    writer.close()
    return numbered.get(empresa_id, ())


def event(key: str, **data: object) -> NewEvent:
    return NewEvent("message", AT, {**data, "key": key}, key)


def keys(database: Database, empresa_id: int) -> list[str]:
    """What the ledger holds, in order: the key of each event, which `event` put into its data."""
    reader = database.reader()
    with reader.transaction() as connection:
        page = ledger.page(connection, empresa_id, 0, 100_000)
    reader.close()
    return [each.data["key"] for each in page.events] if page else []
