"""A disk that can be filled: small, real, and there for one server alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DISK_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_MOUNT = f'mount -t tmpfs -o size={DISK_BYTES},mode=0700 tmpfs "$0" && exec "$@"'
#: Root's way, and that of whoever may be root in a user namespace of its own.
_NAMESPACES = (("unshare", "--mount"), ("unshare", "--map-root-user", "--mount"))


class NoSmallDiskError(Exception):
    """This user may mount nothing, not even in a namespace of its own."""


class SmallDisk:
    """A file system of `DISK_BYTES` at a folder, as the processes of one server see it.

    It is mounted in a namespace of theirs, and gone with the last of them. Raises
    NoSmallDiskError.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder
        for namespace in _NAMESPACES:
            self._namespace = namespace
            if _succeeds(self.around(["true"])):
                return
        raise NoSmallDiskError

    def around(self, command: list[str]) -> list[str]:
        """A command as the process that has the disk; its pid is that of what is started."""
        return [*self._namespace, "sh", "-c", _MOUNT, str(self._folder), *command]

    @contextmanager
    def filled(self, pid: int) -> Iterator[None]:
        """It is full to its last byte; `pid` is one of the processes that have it."""
        ballast = Path(f"/proc/{pid}/root{self._folder}/ballast")
        descriptor = os.open(ballast, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
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


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
