"""One file on its way into the store: counted and hashed as it comes, named once it is whole."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from media.errors import MediaDiskFull, MediaEmpty, MediaTooLarge
from media.folders import full_disk_refused
from media.shelf import Shelf

#: Bytes at a file's beginning by which `media/kinds.py` knows what it is.
HEAD_BYTES = 4096

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that is in the store."""

    digest: str
    """SHA-256, in hex: the id of the file."""
    size: int
    """Bytes."""


class Writer:
    """For one thread at a time; every method blocks on the disk, but its making does not.

    `with` it: left without `finish`, nothing remains of it. `limit`: the most bytes;
    `kept_free`: bytes of the disk that stay free.
    """

    def __init__(self, shelf: Shelf, temporary: int, *, limit: int, kept_free: int) -> None:
        self.limit = limit
        self.head = b""
        """The first HEAD_BYTES of what was written."""
        self.size = 0
        """Bytes written."""
        self._shelf = shelf
        self._temporary = temporary
        self._kept_free = kept_free
        self._hash = hashlib.sha256()
        self._name = secrets.token_hex(16)
        self._descriptor: int | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.abort()

    def write(self, chunk: bytes) -> None:
        """Append. Raises MediaTooLarge, MediaBudgetSpent, MediaDiskFull, OSError: it is aborted."""
        try:
            self._append(self._opened(), chunk)
        except BaseException:
            self.abort()
            raise

    @contextmanager
    def reading(self) -> Iterator[int]:
        """A descriptor of its own that reads what was written, from the beginning."""
        descriptor = os.open(self._name, _READ, dir_fd=self._temporary)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def finish(self) -> Stored:
        """Sync, and give it its name. Raises MediaEmpty, MediaDiskFull, MediaNotFound, OSError."""
        if self.size == 0:
            raise MediaEmpty
        stored = Stored(self._hash.hexdigest(), self.size)
        with full_disk_refused():
            os.fsync(self._opened())
            self._shelf.take(self._name, stored.digest, stored.size)
        self._close()
        return stored

    def abort(self) -> None:
        """Remove what was written; nothing happens once it is finished or aborted."""
        if not self._is_over:
            has_file = self._descriptor is not None
            self._close()
            if has_file:
                with suppress(FileNotFoundError):
                    os.unlink(self._name, dir_fd=self._temporary)

    def _append(self, descriptor: int, chunk: bytes) -> None:
        if self.size + len(chunk) > self.limit:
            raise MediaTooLarge(limit=self.limit)
        self._refuse_last_room(descriptor, len(chunk))
        self._shelf.claim(len(chunk))
        self.size += len(chunk)
        if len(self.head) < HEAD_BYTES:
            self.head += chunk[: HEAD_BYTES - len(self.head)]
        self._hash.update(chunk)
        with full_disk_refused():
            _write_all(descriptor, chunk)

    def _opened(self) -> int:
        """The file; it is made at the first byte."""
        if self._is_over:
            raise ValueError("the file is finished or aborted")
        if self._descriptor is None:
            with full_disk_refused():
                self._descriptor = os.open(self._name, _NEW, 0o600, dir_fd=self._temporary)
        return self._descriptor

    def _close(self) -> None:
        self._is_over = True
        self._shelf.give_back(self.size)
        if self._descriptor is not None:
            os.close(self._descriptor)

    def _refuse_last_room(self, descriptor: int, size: int) -> None:
        disk = os.fstatvfs(descriptor)
        if disk.f_bavail * disk.f_frsize < self._kept_free + size:
            raise MediaDiskFull


def _write_all(descriptor: int, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
