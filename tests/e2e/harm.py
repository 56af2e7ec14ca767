"""What is done to a server in the middle of a burst."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import psutil

from tests.e2e.server_process import kill_process
from tests.e2e.small_disk import NoSmallDiskError, SmallDisk
from tests.e2e.storm import Harm, Shop
from tests.simulator.real.waiting import wait_until

#: Seconds for which the database is locked, or its disk full.
LOCKED_SECONDS = 5.0
FULL_SECONDS = 2.0


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
def restart_server(shop: Shop) -> Iterator[None]:
    """As a deploy does it: SIGTERM, and the next one starts."""
    assert shop.server.stop() == 0
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
    server = shop.server
    with server.disk.filled(server.pid) if server.disk else unwritable_files(server.pid):
        yield
        Event().wait(FULL_SECONDS)
    wait_until(lambda: server.get("/readyz").status_code == 200)


@contextmanager
def fill_journal_disk(shop: Shop) -> Iterator[None]:
    """Nothing more goes onto the disk of the credentials and journals."""
    assert shop.server.disk
    with shop.server.disk.filled(shop.server.pid):
        yield
        wait_until(lambda: shop.server.status(shop.empresa_id)["reason"] == "journal_unwritable")
        Event().wait(FULL_SECONDS)


@contextmanager
def unwritable_files(pid: int) -> Iterator[None]:
    """No byte that the process writes goes into a file: a full disk, for that process alone.

    Its log is in want of those lines, too. What was started from it keeps its own limit.
    """
    process = psutil.Process(pid)
    soft, hard = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))


def disk_for(kind: str, folder: Path) -> SmallDisk | None:
    """The disk that a harm of this kind fills, for a server in that folder; None: it needs none.

    Where none can be mounted, a limit stands for the database's. Nothing stands for the
    journal's: a worker looks for what is free there, and lives on its reserve at the end. Raises
    NoSmallDiskError then.
    """
    if kind not in DISKS:
        return None
    try:
        return SmallDisk(folder / DISKS[kind])
    except NoSmallDiskError:
        if kind == "journal's disk full":
            raise
        return None


HARMS: dict[str, Harm] = {
    "worker killed": kill_worker,
    "server killed": kill_server,
    "server restarted": restart_server,
    "database locked": lock_database,
    "database's disk full": fill_database_disk,
    "journal's disk full": fill_journal_disk,
}
#: Which folder of the server lies on a small disk of its own, for those harms that fill one.
DISKS = {"database's disk full": "data", "journal's disk full": "auth_info"}
#: Kinds at which the window of the library's costs texts: what WhatsApp was told that we have,
#: and no handler had seen yet.
WINDOW_KINDS = frozenset({"worker killed"})
