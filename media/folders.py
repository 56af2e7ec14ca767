"""Folders by descriptor, one name at a time: no symbolic link is followed, nothing leads out."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from media.errors import MediaDiskFull

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: Not blocking: a pipe of that name would wait for its other end.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
#: What the kernel says where a name is none, or is no file or folder.
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def folder(parent: int, name: str) -> Iterator[int]:
    """The descriptor of a folder in a folder. Raises FileNotFoundError if it is none."""
    descriptor = _opened(parent, name, _FOLDER)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def made_folder(parent: int, name: str) -> Iterator[int]:
    """The same, made if need be, durably and for us alone. Raises OSError."""
    with suppress(FileExistsError):
        os.mkdir(name, 0o700, dir_fd=parent)
        os.fsync(parent)
    with folder(parent, name) as descriptor:
        yield descriptor


def opened_file(parent: int, name: str) -> int:
    """A plain file's descriptor, to read. Raises FileNotFoundError if it is none."""
    descriptor = _opened(parent, name, _READ)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise FileNotFoundError(name)


def plain_file(parent: int, name: str) -> os.stat_result | None:
    """What is known of a plain file; None if there is none of that name."""
    try:
        found = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return found if stat.S_ISREG(found.st_mode) else None


def names(descriptor: int) -> list[str]:
    """What is in a folder, in the order of names."""
    return sorted(os.listdir(descriptor))


def clear(descriptor: int) -> None:
    """Remove everything in a folder. Raises OSError."""
    for name in names(descriptor):
        try:
            os.unlink(name, dir_fd=descriptor)
        except IsADirectoryError:
            shutil.rmtree(name, dir_fd=descriptor)


@contextmanager
def full_disk_refused() -> Iterator[None]:
    """Within, an OSError that says that the disk is full is a `MediaDiskFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise MediaDiskFull from error
        raise


def _opened(parent: int, name: str, flags: int) -> int:
    try:
        return os.open(name, flags, dir_fd=parent)
    except OSError as error:
        if error.errno in _ABSENT:
            raise FileNotFoundError(name) from error
        raise
