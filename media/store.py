"""Every empresa's files, in one folder.

    lock               held by the one server that uses the folder
    tmp/               what is being written, or removed; emptied at the start
    store/
        5/             one empresa's, see `media/shelf.py`

A file gets its name when it is whole and on the disk: a crash at any moment leaves none that is
cut off. Whoever reads gets an open file; a path only a process that opens the file itself.
"""

from __future__ import annotations

import fcntl
import os
import re
import threading
from collections.abc import Container
from pathlib import Path
from typing import BinaryIO

from media import folders
from media.retention import Limits
from media.shelf import Shelf
from media.writer import Writer

#: Bytes that media leaves free on its disk: journals and database may lie on the same one, and
#: what they hold is not to be had again.
KEPT_FREE = 256 * 1024 * 1024

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: Of a folder of ours: the whole one alone may be a link, to a disk that the operator chose.
_OWN_FOLDER = _FOLDER | os.O_NOFOLLOW
_ID = re.compile(r"[1-9][0-9]{0,14}")


class StoreInUseError(Exception):
    """Another server uses the folder."""


class MediaStore:
    """Every method but `writer` and `path` blocks on the disk; all may be called on any thread.

    Makes the folder if need be, and removes what writers that died have left. Raises OSError,
    StoreInUseError.
    """

    def __init__(self, path: Path, limits: Limits, kept_free: int = KEPT_FREE) -> None:
        self.limits = limits
        self._path = path
        self._kept_free = kept_free
        self._lock = threading.Lock()
        self._shelves: dict[int, Shelf] = {}
        self._held = _locked(path)
        self._temporary = _made(path / "tmp", _OWN_FOLDER)
        self._root = _made(path / "store", _OWN_FOLDER)
        folders.clear(self._temporary)

    def close(self) -> None:
        """Let another server have the folder; the store, its writers included, is used no more."""
        for descriptor in (self._root, self._temporary, self._held):
            os.close(descriptor)

    def writer(self, empresa_id: int, limit: int) -> Writer:
        """A new file of at most `limit` bytes. Does not block."""
        shelf = self._shelf(empresa_id)
        return Writer(shelf, self._temporary, limit=limit, kept_free=self._kept_free)

    def open(self, empresa_id: int, digest: str) -> BinaryIO:
        """A file of this empresa, from its beginning. Raises MediaNotFound."""
        return os.fdopen(self._shelf(empresa_id).open(digest), "rb")

    def path(self, empresa_id: int, digest: str) -> Path:
        """Where it lies, or would, for another process. Does not block. Raises MediaNotFound."""
        return self._path / "store" / self._shelf(empresa_id).place(digest)

    def used(self, empresa_id: int) -> int:
        """Bytes of all the empresa's files."""
        return self._shelf(empresa_id).used()

    def trim(self, empresa_id: int, pinned: Container[str], now: float, room: int = 0) -> int:
        """Remove what is too old or too much, the oldest first; answers how many bytes.

        `pinned`: digests that are still needed. `now`: seconds since 1970. `room`: bytes that are
        to be free in the budget afterwards. Raises OSError.
        """
        return self._shelf(empresa_id).trim(pinned, now, room)

    def erase(self, empresa_id: int) -> None:
        """Remove all of the empresa's files; what is still being written is dropped at its end.

        Raises OSError: then it is not finished, and is to be asked for again.
        """
        shelf = self._shelf(empresa_id)
        shelf.erase()
        with self._lock:
            if self._shelves.get(empresa_id) is shelf:
                del self._shelves[empresa_id]

    def empresas(self) -> list[int]:
        """Those that have a folder."""
        return sorted(int(name) for name in folders.names(self._root) if _ID.fullmatch(name))

    def _shelf(self, empresa_id: int) -> Shelf:
        name = str(empresa_id)
        if not _ID.fullmatch(name):
            raise ValueError(f"{name!r} is no empresa's id")
        with self._lock:
            if empresa_id not in self._shelves:
                self._shelves[empresa_id] = Shelf(self._root, self._temporary, name, self.limits)
            return self._shelves[empresa_id]


def _made(path: Path, flags: int) -> int:
    """The descriptor of a folder that is made if need be, and is for us alone."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, flags)
    os.fchmod(descriptor, 0o700)
    return descriptor


def _locked(path: Path) -> int:
    os.close(_made(path, _FOLDER))
    descriptor = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise StoreInUseError(f"{path} is in use by another server") from None
    return descriptor
