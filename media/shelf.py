"""One empresa's files, each under the SHA-256 of its bytes, and how much they are.

    5/
        9f/
            9f86d081884c7d65…

Every method but `place` blocks on the disk, and may be called on any thread.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
from collections.abc import Container, Iterator
from contextlib import suppress
from pathlib import Path

from media.errors import MediaBudgetSpent, MediaNotFound
from media.folders import folder, made_folder, names, opened_file, plain_file
from media.retention import Entry, Limits, removable

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Of a digest, the name of the folder that it is in: a folder of many thousand files is slow.
_PREFIX = 2


class Shelf:
    """`root` and `temporary`: descriptors of two folders of one file system."""

    def __init__(self, root: int, temporary: int, name: str, limits: Limits) -> None:
        self._root = root
        self._temporary = temporary
        self._name = name
        self._limits = limits
        self._lock = threading.Lock()
        self._counted: int | None = None
        self._claimed = 0
        self._is_gone = False

    def used(self) -> int:
        """Bytes of all files; they are walked through the first time, and counted from then on."""
        with self._lock:
            return self._used()

    def claim(self, size: int) -> None:
        """Take room for bytes that are about to be written. Raises MediaBudgetSpent."""
        with self._lock:
            budget = self._limits.budget
            if budget and self._used() + self._claimed + size > budget:
                raise MediaBudgetSpent(limit=budget)
            self._claimed += size

    def give_back(self, size: int) -> None:
        """Give back what was claimed, whatever became of the bytes."""
        with self._lock:
            self._claimed -= size

    def take(self, temporary_name: str, digest: str, size: int) -> None:
        """Give a complete, synced file of the temporary folder its final name, durably.

        The same bytes twice are one file, as new as the second. Raises OSError, and MediaNotFound
        if the empresa was erased meanwhile.
        """
        with (
            self._lock,
            made_folder(self._root_unless_gone(), self._name) as files,
            made_folder(files, digest[:_PREFIX]) as place,
        ):
            used = self._used()
            before = plain_file(place, digest)
            os.rename(temporary_name, digest, src_dir_fd=self._temporary, dst_dir_fd=place)
            self._counted = used + size - (before.st_size if before else 0)
            os.fsync(place)

    def open(self, digest: str) -> int:
        """A descriptor to read. Raises MediaNotFound, whatever the digest is."""
        if not _DIGEST.fullmatch(digest):
            raise MediaNotFound
        try:
            with (
                folder(self._root, self._name) as files,
                folder(files, digest[:_PREFIX]) as place,
            ):
                return opened_file(place, digest)
        except FileNotFoundError:
            raise MediaNotFound from None

    def place(self, digest: str) -> Path:
        """Where it is, from the root on. Raises MediaNotFound where that can be no digest."""
        if not _DIGEST.fullmatch(digest):
            raise MediaNotFound
        return Path(self._name, digest[:_PREFIX], digest)

    def trim(self, pinned: Container[str], now: float, room: int) -> int:
        """Carry retention out; answers how many bytes became free. Raises OSError."""
        going = removable(self._entries(), self._limits, pinned=pinned, now=now, room=room)
        return sum(self._remove(entry) for entry in going)

    def erase(self) -> None:
        """Remove all, and take nothing any more. Raises OSError: then it is asked for again.

        Cut short by a death, the next start ends it: what was moved away is void.
        """
        void = f"erased-{self._name}-"
        with self._lock:
            self._is_gone = True
            with suppress(FileNotFoundError):
                name = void + secrets.token_hex(8)
                os.rename(self._name, name, src_dir_fd=self._root, dst_dir_fd=self._temporary)
            os.fsync(self._root)
            os.fsync(self._temporary)
        for name in names(self._temporary):
            if name.startswith(void):
                shutil.rmtree(name, dir_fd=self._temporary)

    def _root_unless_gone(self) -> int:
        if self._is_gone:
            raise MediaNotFound
        return self._root

    def _used(self) -> int:
        if self._counted is None:
            self._counted = sum(entry.size for entry in self._entries())
        return self._counted

    def _entries(self) -> Iterator[Entry]:
        try:
            with folder(self._root, self._name) as files:
                for prefix in names(files):
                    yield from _entries_in(files, prefix)
        except FileNotFoundError:
            return

    def _remove(self, entry: Entry) -> int:
        """Remove one file, unless its bytes came once more since it was looked at."""
        with (
            self._lock,
            folder(self._root, self._name) as files,
            folder(files, entry.digest[:_PREFIX]) as place,
        ):
            found = plain_file(place, entry.digest)
            if found is None or found.st_mtime != entry.stored_at:
                return 0
            used = self._used()
            os.unlink(entry.digest, dir_fd=place)
            self._counted = used - found.st_size
            return found.st_size


def _entries_in(files: int, prefix: str) -> Iterator[Entry]:
    try:
        with folder(files, prefix) as place:
            for name in names(place):
                found = plain_file(place, name)
                if found and _DIGEST.fullmatch(name):
                    yield Entry(name, found.st_size, found.st_mtime)
    except FileNotFoundError:
        return
