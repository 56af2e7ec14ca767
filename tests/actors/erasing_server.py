"""A server's actors on a real database and real folders, with clients that need no WhatsApp."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actors.errors import EmpresaNotFound
from actors.system import System
from persistence import empresas, ledger
from persistence.copying import ledger_ids
from persistence.database import Database
from persistence.values import NewEvent, StoredStatus
from tests.actors.running_system import listening, running_system
from tests.fake_clients import FakeClients
from whatsapp.clients import WorkerClients
from whatsapp.folder import EmpresaFolder
from whatsapp.journal import Journal
from whatsapp.port import Client, ClientSpec, Journalled, Report

AUTH = "auth_info"
AT = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)
NUMBERS = {5: "+5521999990005", 6: "+5521999990006"}
#: More than one slice removes.
EVENTS = 1500


class FolderClients(FakeClients):
    """Fake clients over real folders; one that is linked logs in at once."""

    def __init__(self, auth_dir: Path) -> None:
        super().__init__()
        self._auth_dir = auth_dir
        self.linked = {each for each in NUMBERS if self.is_linked(each)}

    def start(self, spec: ClientSpec, report: Report) -> Client:
        client = super().start(spec, report)
        if spec.empresa_id in self.linked:
            self.running[spec.empresa_id].log_in(NUMBERS[spec.empresa_id])
        return client

    def is_linked(self, empresa_id: int) -> bool:
        return self._folder(empresa_id).linked() is not None

    def forget(self, empresa_id: int) -> None:
        self.linked.discard(empresa_id)
        with self._folder(empresa_id).locked():
            self._folder(empresa_id).forget()

    def erase(self, empresa_id: int) -> None:
        self.linked.discard(empresa_id)
        real: Any = WorkerClients.erase
        real(self, empresa_id)

    def unconfirmed(self, empresa_id: int, after: int, limit: int) -> Sequence[Journalled]:
        real: Any = WorkerClients.unconfirmed
        entries: Sequence[Journalled] = real(self, empresa_id, after, limit)
        return entries

    def confirm_stored(self, empresa_id: int, entry_id: int) -> None:
        real: Any = WorkerClients.confirm_stored
        real(self, empresa_id, entry_id)

    def _folder(self, empresa_id: int) -> EmpresaFolder:
        return EmpresaFolder(self._auth_dir, empresa_id)


def prepare(place: Path) -> None:
    """Two linked empresas, with events, and one in a journal."""
    database = Database(f"sqlite:///{place / 'vendeai.db'}")
    database.migrate()
    writer = database.writer()
    with writer.transaction() as connection:
        heads = empresas.ensure(connection, NUMBERS)
        empresas.set_wanted(connection, dict.fromkeys(NUMBERS, True))
        statuses = (
            StoredStatus(each, "connected", None, AT, NUMBERS[each], None) for each in NUMBERS
        )
        empresas.put_statuses(connection, statuses)
        events = [NewEvent("message", AT, {}, f"{number}") for number in range(EVENTS)]
        ledger.append(connection, heads, dict.fromkeys(NUMBERS, events))
    writer.close()
    for empresa_id, number in NUMBERS.items():
        folder = EmpresaFolder(place / AUTH, empresa_id)
        with folder.locked():
            store = folder.open_store()
            with closing(sqlite3.connect(store)) as other, other:
                other.execute("CREATE TABLE whatsmeow_device (jid TEXT, lid TEXT)")
                jid = f"{number[1:]}:1@s.whatsapp.net"
                other.execute("INSERT INTO whatsmeow_device VALUES (?, NULL)", [jid])
            folder.settle_on(store)
            with closing(Journal(folder.journal)) as journal:
                journal.append("message", "journalled", AT, {}, b"")


async def erase(place: Path, asked: Callable[[], None], answered: Callable[[], None]) -> None:
    """Start, ask for the erasing of empresa 5, and see it through."""
    async with running_system(place, FolderClients(place / AUTH)) as system:
        ear = await listening(system, 5)
        asked()
        await system.erase(5)
        answered()
        await ear.until(lambda ear: ear.closed is not None)


def wrong_after_next_start(place: Path) -> str:
    """What is not as it must be once the next start has done its work; empty: nothing."""
    database = Database(f"sqlite:///{place / 'vendeai.db'}")
    reader = database.reader()
    with reader.transaction() as connection:
        known = {each.empresa_id: each for each in empresas.every(connection)}
    reader.close()
    is_begun = 5 not in known or known[5].is_erasing
    if not is_begun and (place / "answered").exists():
        return "it was promised, and has not begun"
    return asyncio.run(_next_start(place, ledger_ids(database), is_begun=is_begun))


async def _next_start(place: Path, before: dict[int, str], *, is_begun: bool) -> str:
    clients = FolderClients(place / AUTH)
    async with running_system(place, clients) as system:
        if not is_begun:
            if not clients.is_linked(5):
                return "it was not erased, and its credentials are gone"
            return await _other_is_well(system, clients)
        await _erased(system)
        folders = {path.name for path in (place / AUTH).iterdir()}
        if folders - {"empresa_6"}:
            return f"left of it: {folders}"
        await system.connect(5)
        page = await system.events(5, 0, 10)
        if page.head.ledger_id == before.get(5) or page.events[0].seq != 1:
            return "it has not begun anew"
        return await _other_is_well(system, clients)


async def _erased(system: System) -> None:
    """Wait for the end of the erasing, if it is not over."""
    ear = await listening(system, 5)
    try:
        await system.status(5)
    except EmpresaNotFound:
        return
    await ear.until(lambda ear: ear.closed is not None)


async def _other_is_well(system: System, clients: FolderClients) -> str:
    page = await system.events(6, 0, EVENTS)
    if [event.seq for event in page.events] != list(range(1, EVENTS + 1)):
        return "the other empresa has lost events"
    return "" if clients.is_linked(6) else "the other empresa has lost its credentials"
