"""What is done to a server in the middle of a burst."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event

from tests.e2e.server_process import kill_process
from tests.e2e.storm import Harm, Shop
from tests.simulator.real.waiting import wait_until

#: Seconds for which the database is locked, or its disk full.
LOCKED_SECONDS = 5.0
FULL_SECONDS = 2.0
#: Bytes of the disk that is filled.
DISK_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024


@contextmanager
def kill_worker(shop: Shop) -> Iterator[None]:
    """SIGKILL to the empresa's worker; its supervisor mends it."""
    kill_process(shop.worker)
    yield


@contextmanager
def kill_server(shop: Shop) -> Iterator[None]:
    """SIGKILL to the server; its workers leave in order."""
    shop.server.kill()
    yield
    shop.server.start()


@contextmanager
def lock_database(shop: Shop) -> Iterator[None]:
    """Another program's transaction writes in the archive's database."""
    database = shop.server.folder / "data" / "vendeai.db"
    with closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        Event().wait(LOCKED_SECONDS)
        connection.execute("ROLLBACK")


@contextmanager
def fill_database_disk(shop: Shop) -> Iterator[None]:
    """Nothing more goes onto the disk of the archive's database."""
    with filled(shop.server.folder / "data"):
        yield
        Event().wait(FULL_SECONDS)
    wait_until(lambda: shop.server.get("/readyz").status_code == 200)


@contextmanager
def fill_journal_disk(shop: Shop) -> Iterator[None]:
    """Nothing more goes onto the disk of the credentials and journals."""
    with filled(shop.server.folder / "auth_info"):
        yield
        wait_until(lambda: shop.server.status(shop.empresa_id)["reason"] == "journal_unwritable")
        Event().wait(FULL_SECONDS)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """The disk of a folder is full to its last byte."""
    ballast = folder / "ballast"
    descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        size = _CHUNK
        while size:
            try:
                os.write(descriptor, b"\0" * size)
            except OSError:
                size //= 2
        yield
    finally:
        os.close(descriptor)
        ballast.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of `DISK_BYTES` of its own at the folder. CalledProcessError: not allowed."""
    folder.mkdir(mode=0o700)
    options = f"size={DISK_BYTES},mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", folder], check=True)


HARMS: dict[str, Harm] = {
    "worker killed": kill_worker,
    "server killed": kill_server,
    "database locked": lock_database,
    "database's disk full": fill_database_disk,
    "journal's disk full": fill_journal_disk,
}
#: Which folder of the server lies on a small disk of its own, for those harms that fill one.
DISKS = {"database's disk full": "data", "journal's disk full": "auth_info"}
#: Kinds at which the window of the library's costs texts: what WhatsApp was told that we have,
#: and no handler had seen yet.
WINDOW_KINDS = frozenset({"worker killed"})
