"""Room on the disk of an empresa's folder: a worker leaves before there is none.

WhatsApp counts a message as delivered before it stands in the journal, and the library asks for
it again only so often where its own store cannot be written. So a worker neither starts nor
stays where little room is left; and for a disk that fills up all at once it holds a reserve, in
which what was acknowledged already finds its place.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes below which a worker leaves, and which it must find to start: it does not come and go.
LOW_BYTES = 8 * 1024 * 1024
START_BYTES = 16 * 1024 * 1024
#: Bytes of the reserve: room for the 100 events that may wait in the library, at up to 16 kB.
RESERVE_BYTES = 2 * 1024 * 1024


class DiskRoom:
    """Of one folder. Any thread may call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._reserve = folder / "reserve"
        self.low = os.eventfd(0, os.EFD_CLOEXEC)
        """A descriptor: readable once it is time to leave."""

    def check(self) -> None:
        """Look whether it is time to leave; costs microseconds."""
        if self._free() < LOW_BYTES:
            os.eventfd_write(self.low, 1)

    def set_up(self) -> None:
        """See that there is room to start, and take the reserve. Raises OSError."""
        if self._free() < START_BYTES:
            raise OSError(f"less than {START_BYTES} bytes are free in {self._folder}")
        descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """It is time to leave: give the reserve's room to what must still be written."""
        os.eventfd_write(self.low, 1)
        with suppress(OSError):
            self._reserve.unlink()

    def _free(self) -> int:
        found = os.statvfs(self._folder)
        return found.f_bavail * found.f_frsize
