"""The folder of one empresa in auth_info: its lock, its journal and its stores.

    empresa_5/             0700
        lock               held by the one process that uses the folder
        current            the name of the store that is the empresa's
        journal.db
        store-9f2c…/       one pairing's credentials; never moved, never written by another
            whatsmeow.db

A pairing writes into a store of its own, and `current` is replaced atomically once it has
succeeded: a crash at any byte leaves the old pairing or the new one.

An empresa that is erased has its whole folder renamed first, to `erased_5-<random>`: from that
moment on nothing in it is ever used again.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from whatsapp.store import OwnNumber, linked_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NAME = re.compile(r"empresa_([1-9][0-9]{0,14})")
_STORE_PREFIX = "store-"
_STORE_NAME = re.compile(rf"{_STORE_PREFIX}[0-9a-f]+")
#: A store that was given up: the rename is atomic, the removal of its files is not.
_VOID_PREFIX = "void-"
#: The folder of an empresa that is being erased, likewise.
_ERASED_PREFIX = "erased_"
_DATABASE = "whatsmeow.db"
#: flock has no deadline of its own.
_RETRY_SECONDS = 0.02


class FolderInUseError(Exception):
    """Another process uses this empresa's folder."""


@contextmanager
def locked(path: Path, seconds: float = 0.0) -> Iterator[None]:
    """Hold the exclusive lock that the file stands for. Raises FolderInUseError.

    `seconds`: how long to wait for one who holds it. The kernel lets it go with the process,
    however that ends.
    """
    deadline = time.monotonic() + seconds
    while (descriptor := _locked_descriptor(path)) is None:
        if time.monotonic() >= deadline:
            raise FolderInUseError(f"{path.parent} is in use by another process")
        time.sleep(_RETRY_SECONDS)
    try:
        yield
    finally:
        os.close(descriptor)


def _locked_descriptor(path: Path) -> int | None:
    """Of the file that stands there now, locked; None if that cannot be had at this moment."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (FileNotFoundError, FileExistsError):
        return None  # its folder was moved away at this very moment
    if _take(descriptor) and _stands_at(path, descriptor):
        return descriptor
    os.close(descriptor)
    return None


def _stands_at(path: Path, descriptor: int) -> bool:
    """False: whoever held the lock before has moved its folder away, and the lock with it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def empresa_folders(auth_dir: Path) -> Iterator[tuple[int, EmpresaFolder]]:
    """Those that are there, with the empresas' ids, in the order of their names."""
    if auth_dir.is_dir():
        for path in sorted(auth_dir.iterdir()):
            if name := _NAME.fullmatch(path.name):
                yield int(name[1]), EmpresaFolder(auth_dir, int(name[1]))


class EmpresaFolder:
    """For the holder of `locked()` alone, but for the paths, what says so, and `linked…`."""

    def __init__(self, auth_dir: Path, empresa_id: int) -> None:
        self.path = auth_dir / f"empresa_{empresa_id}"
        self._erased_prefix = f"{_ERASED_PREFIX}{empresa_id}-"
        self.journal = self.path / "journal.db"
        self._pointer = self.path / "current"

    def make(self) -> None:
        """Make the folder if need be, and see that nobody else can look into it."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)

    @contextmanager
    def locked(self, seconds: float = 0.0) -> Iterator[None]:
        """Be the only process that uses the folder. Raises FolderInUseError after these seconds."""
        with locked(self.path / "lock", seconds):
            self.make()
            yield

    def linked(self) -> OwnNumber | None:
        """Whose credentials a start would use; None if it would pair."""
        database = self.linked_database()
        return linked_number(database) if database else None

    def linked_database(self) -> Path | None:
        """The credentials themselves."""
        store = self._linked_store()
        return store / _DATABASE if store else None

    def open_store(self) -> Path:
        """The database to start with: of the linked store, or a new one to pair into."""
        store = self._linked_store()
        if store is None:
            store = self.path / f"{_STORE_PREFIX}{secrets.token_hex(8)}"
            store.mkdir(mode=0o700)
            self.keep_only(store / _DATABASE)
        elif store != self._current():
            self.settle_on(store / _DATABASE)
        return store / _DATABASE

    def settle_on(self, database: Path) -> None:
        """Name this database's store as the empresa's, durably. Raises OSError."""
        temporary = self._pointer.with_suffix(".new")
        with temporary.open("w") as file:
            file.write(database.parent.name)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._pointer)
        _sync(self.path)

    def keep_only(self, database: Path) -> None:
        """Remove every store but this database's."""
        for store in self._stores():
            if store != database.parent:
                self._give_up(store)
        self._clear()

    def void(self) -> None:
        """Make every store unfindable, durably; for anybody, and without room on the disk.

        Whoever uses one must end: SQLite refuses to write to it. Raises OSError.
        """
        for store in self._stores():
            with suppress(FileNotFoundError):
                self._give_up(store)
        if self.path.exists():
            _sync(self.path)

    def forget(self) -> None:
        """Remove the credentials, all of them. Cut short at any point, none comes back."""
        for store in self._stores():
            self._give_up(store)
        self._pointer.unlink(missing_ok=True)
        self._clear()
        _sync(self.path)

    def give_up(self) -> None:
        """Move the whole folder out of the way, durably: from here on it is void."""
        name = f"{self._erased_prefix}{secrets.token_hex(8)}"
        self.path.rename(self.path.with_name(name))
        _sync(self.path.parent)

    def clear_given_up(self) -> None:
        """Remove what `give_up` moved, now or before a kill. For anybody. Raises OSError."""
        for given_up in self.path.parent.glob(f"{self._erased_prefix}*"):
            shutil.rmtree(given_up)
        if self.path.parent.exists():
            _sync(self.path.parent)

    def _linked_store(self) -> Path | None:
        """The named store if a device is in it, else another that holds one.

        The second is what a kill between a pairing's success and its naming leaves.
        """
        current = self._current()
        candidates = [*([current] if current else []), *self._stores()]
        return next((store for store in candidates if linked_number(store / _DATABASE)), None)

    def _current(self) -> Path | None:
        try:
            name = self._pointer.read_bytes().decode(errors="replace").strip()
        except FileNotFoundError:
            return None
        return self.path / name if _STORE_NAME.fullmatch(name) else None

    def _stores(self) -> list[Path]:
        return sorted(self.path.glob(f"{_STORE_PREFIX}*"))

    def _give_up(self, store: Path) -> None:
        store.rename(self.path / f"{_VOID_PREFIX}{secrets.token_hex(8)}")

    def _clear(self) -> None:
        for store in self.path.glob(f"{_VOID_PREFIX}*"):
            shutil.rmtree(store)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
