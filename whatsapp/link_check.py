"""What the kernel knows of this process's connection to WhatsApp.

The library exposes neither the time of the last stanza nor of the last ping; TCP_INFO has both,
without a call into Go. Behind a proxy it is the connection to the proxy.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from whatsapp.port import LinkChecked

#: `struct tcp_info` of <linux/tcp.h>: eight bytes, then 32-bit values, these by their position.
_TCP_INFO = struct.Struct("=8x24I")
_UNACKED, _LAST_DATA_RECV, _RTT = 4, 11, 15
#: Seconds between two looks.
CHECK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Link:
    """One TCP connection, by the inode of its socket: descriptors are used again."""

    inode: int


def find_link() -> Link | None:
    """The connection to WhatsApp, at the moment of a login.

    Of several it is the one that has received something last: the login itself.
    """
    looks = []
    for descriptor in _descriptors():
        with suppress(OSError):
            inode = _socket_inode(descriptor)
            look = _look(descriptor) if inode else None
            if inode and look:
                looks.append((look.silence_ms, inode))
    return Link(min(looks)[1]) if looks else None


def check_link(link: Link) -> LinkChecked | None:
    """How it is now; None if it is closed."""
    for descriptor in _descriptors():
        with suppress(OSError):
            if _socket_inode(descriptor) == link.inode:
                return _look(descriptor)
    return None


def _descriptors() -> list[int]:
    return [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]


def _socket_inode(descriptor: int) -> int | None:
    status = os.fstat(descriptor)
    return status.st_ino if stat.S_ISSOCK(status.st_mode) else None


def _look(descriptor: int) -> LinkChecked | None:
    """TCP_INFO of an established connection, None of anything else. Raises OSError."""
    # A duplicate, as Go may close the original meanwhile; let go at once, as the connection
    # stays open as long as anything refers to it.
    with closing(socket.socket(fileno=os.dup(descriptor))) as duplicate:
        if duplicate.family not in (socket.AF_INET, socket.AF_INET6):
            return None
        duplicate.getpeername()
        raw = duplicate.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
    values = _TCP_INFO.unpack(raw)
    return LinkChecked(
        silence_ms=values[_LAST_DATA_RECV],
        round_trip_ms=values[_RTT] / 1000,
        unacked=values[_UNACKED],
    )
