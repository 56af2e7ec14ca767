"""The clients of the server: a worker process each, seen through the port."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import threading
import time
from collections import defaultdict, deque
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from whatsapp.folder import EmpresaFolder, FolderInUseError, locked
from whatsapp.forkserver import ForkServer, worker_environment
from whatsapp.hosted_client import HostedClient
from whatsapp.journal import Journal
from whatsapp.page_merging import merging_obstacle
from whatsapp.port import Client, ClientEnded, Clients
from whatsapp.raw_json import raw_json
from whatsapp.sent_secrets import SecretsError, find_sent
from whatsapp.starter import Starter
from whatsapp.worker_entry import WorkerSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from whatsapp.port import ClientSpec, Journalled, Report

logger = logging.getLogger("vendeai.whatsapp")

#: Seconds to wait for a worker that is being killed to let go of its folder.
_FOLDER_SECONDS = 5.0
#: Seconds of `close` that are kept back for what must be killed.
_KILL_SECONDS = 1.0


class AuthDirInUseError(Exception):
    """Another server works on the same folder of credentials."""


class WorkerClients(Clients):
    """One per server process, as the forkserver is.

    Two clients of an empresa never overlap: the second waits until the first is gone. Raises
    AuthDirInUseError, or OSError where the folder cannot be made. The environment is prepared
    for the workers until `close`.
    """

    def __init__(
        self, auth_dir: Path, device_name: str, noise_root: bytes | None, ksm: str
    ) -> None:
        self._auth_dir = auth_dir
        self._device_name = device_name
        self._noise_root = noise_root
        self._closing = False
        self._held = ExitStack()
        self._lock_auth_dir()
        self._prepare_environment()
        merge_pages = _wants_merging(ksm)
        # Of one empresa, in the order of their starts: the first runs, the others wait for it.
        self._lines: dict[int, deque[HostedClient]] = defaultdict(deque)
        self._all_ended = threading.Event()
        self._loop = asyncio.SelectorEventLoop()
        self._host = threading.Thread(
            target=self._loop.run_forever, name="whatsapp-host", daemon=True
        )
        self._host.start()
        self._starter = Starter(ForkServer(merge_pages=merge_pages), self._loop)
        self._starter.begin()

    def start(self, spec: ClientSpec, report: Report) -> Client:
        """See the port."""
        worker = WorkerSpec(
            empresa_id=spec.empresa_id,
            auth_dir=self._auth_dir,
            device_name=self._device_name,
            noise_root=self._noise_root,
            pairing_phone=spec.pairing_phone,
        )
        client = HostedClient(worker, report, self._loop, self._ended)
        try:
            self._loop.call_soon_threadsafe(self._admit, client)
        except RuntimeError:
            report(ClientEnded(None, "the server is stopping"))
        return client

    def is_linked(self, empresa_id: int) -> bool:
        """See the port."""
        try:
            return self._folder(empresa_id).linked() is not None
        except (sqlite3.Error, OSError):
            logger.exception("empresa %d: its credentials cannot be read; they stay", empresa_id)
            return True

    def left(self, empresa_id: int, secrets: Sequence[bytes]) -> dict[bytes, str]:
        """See the port."""
        database = self._folder(empresa_id).linked_database()
        if database is None:
            raise OSError("no credentials are stored")
        try:
            found = find_sent(database, secrets)
        except SecretsError as error:
            raise OSError(str(error)) from error
        return {secret: under.message_id for secret, under in found.items() if under is not None}

    def store(self, empresa_id: int) -> str | None:
        """See the port."""
        database = self._folder(empresa_id).linked_database()
        return database.parent.name if database is not None else None

    def void(self, empresa_id: int) -> None:
        """See the port."""
        self._folder(empresa_id).void()

    def forget(self, empresa_id: int) -> None:
        """See the port. Raises FolderInUseError if a client does run."""
        folder = self._folder(empresa_id)
        if folder.path.exists():
            with folder.locked(_FOLDER_SECONDS):
                folder.forget()

    def erase(self, empresa_id: int) -> None:
        """See the port. Raises FolderInUseError if a client does run, and OSError."""
        folder = self._folder(empresa_id)
        if folder.path.exists():
            with folder.locked(_FOLDER_SECONDS):
                folder.give_up()
        folder.clear_given_up()

    def unconfirmed(self, empresa_id: int, after: int, limit: int) -> Sequence[Journalled]:
        """See the port. Raises FolderInUseError if a client does run."""
        folder = self._folder(empresa_id)
        if not folder.journal.exists():
            return []
        with _tolerant(), _held_journal(folder) as journal:
            return journal.unconfirmed(after, limit)
        return []

    def confirm_stored(self, empresa_id: int, entry_id: int) -> None:
        """See the port. Raises FolderInUseError if a client does run."""
        folder = self._folder(empresa_id)
        if folder.journal.exists():
            with _tolerant(), _held_journal(folder) as journal:
                journal.confirm(entry_id)

    def raw_json(self, stored: Sequence[bytes | None]) -> list[object]:
        """See the port."""
        return raw_json(stored)

    def trouble(self) -> str | None:
        """See the port."""
        return "The server is stopping." if self._closing else self._starter.trouble()

    def close(self, deadline_seconds: float) -> None:
        """See the port. A second call does nothing."""
        if self._closing:
            return
        self._closing = True
        deadline = time.monotonic() + deadline_seconds
        self._loop.call_soon_threadsafe(self._end_all)
        if not self._all_ended.wait(max(0.0, deadline_seconds - _KILL_SECONDS)):
            self._loop.call_soon_threadsafe(self._kill_all)
            self._all_ended.wait(max(0.1, deadline - time.monotonic()))
        self._starter.stop(max(0.1, deadline - time.monotonic()))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._host.join(max(0.1, deadline - time.monotonic()))
        if not self._host.is_alive():
            self._loop.close()
        self._held.close()

    # --- on the host's loop ------------------------------------------------------------------

    def _admit(self, client: HostedClient) -> None:
        if self._closing:
            client.end()
        line = self._lines[client.spec.empresa_id]
        line.append(client)
        if len(line) == 1:
            self._starter.start(client)

    def _ended(self, client: HostedClient) -> None:
        empresa_id = client.spec.empresa_id
        line = self._lines[empresa_id]
        line.remove(client)
        if line:
            self._starter.start(line[0])
        else:
            del self._lines[empresa_id]
        if self._closing and not self._lines:
            self._all_ended.set()

    def _end_all(self) -> None:
        for line in self._lines.values():
            for client in line:
                client.end()
        if not self._lines:
            self._all_ended.set()

    def _kill_all(self) -> None:
        for line in self._lines.values():
            for client in line:
                client.kill()

    # --- at the start ------------------------------------------------------------------------

    def _folder(self, empresa_id: int) -> EmpresaFolder:
        return EmpresaFolder(self._auth_dir, empresa_id)

    def _lock_auth_dir(self) -> None:
        self._auth_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._held.enter_context(locked(self._auth_dir / "server.lock"))
        except FolderInUseError as error:
            raise AuthDirInUseError(
                f"Another server uses the credentials in {self._auth_dir}: end it, or set"
                " VENDEAI_AUTH_DIR to another folder."
            ) from error

    def _prepare_environment(self) -> None:
        """Set what the forkserver must be executed with, now and whenever it is launched again.

        Once and not around each launch: to change the environment under running threads can
        crash them. Nothing of the server's own depends on it.
        """
        prepared = worker_environment()
        before = {name: os.environ.get(name) for name in prepared}
        os.environ.update(prepared)
        self._held.callback(_restore_environment, before)


@contextmanager
def _held_journal(folder: EmpresaFolder) -> Iterator[Journal]:
    with folder.locked(_FOLDER_SECONDS), closing(Journal(folder.journal)) as journal:
        yield journal


@contextmanager
def _tolerant() -> Iterator[None]:
    """A journal whose disk is full: its entries stay, and come with the next client or start."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        logger.error("a journal cannot be opened: %s", error)  # noqa: TRY400 - the cause is outside


def _restore_environment(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _wants_merging(ksm: str) -> bool:
    if ksm != "auto":
        return False
    obstacle = merging_obstacle()
    logger.info("workers' equal pages are %s", f"not merged: {obstacle}" if obstacle else "merged")
    return obstacle is None
