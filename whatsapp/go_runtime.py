"""Loading neonize's Go library into a worker, and the key that it trusts.

The forkserver has imported neonize without it (SPHINX stands in its environment), so that the
Go runtime, which cannot be forked, comes to life in each worker by itself.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import platform
import re
import struct
import sys
from pathlib import Path

#: The Curve25519 public key with which WhatsApp's servers prove who they are; whatsmeow pins it.
WHATSAPP_NOISE_ROOT = bytes.fromhex(
    "142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b"
)
#: A line of /proc/PID/maps: the library's file from its beginning.
_FIRST_MAPPING = re.compile(r"([0-9a-f]+)-\S+ \S+ 0+ \S+ \d+\s+(\S.*/neonize-\w+-\w+\.so)$")
#: ELF (64 bits): where the program headers are, their size and number, and one of them.
_ELF_TABLE_OFFSET = 32
_ELF_TABLE_SHAPE = 54
_PROGRAM_HEADER = struct.Struct("<2I6Q")
_PT_LOAD, _PF_W = 1, 2


class GoRuntimeError(Exception):
    """The library is not the one that this was written for."""


def load_go_runtime(noise_root: bytes | None) -> None:
    """Load it, and have it trust `noise_root` instead of WhatsApp's own, if one is given."""
    os.environ.pop("SPHINX", None)
    # Its own asks a shell, which stays with the worker as a zombie.
    sys.modules["neonize.utils.platform"].generated_name = library_name  # type: ignore[attr-defined]
    binder = importlib.reload(sys.modules["neonize._binder"])
    client = sys.modules["neonize.client"]
    client.gocode = binder.gocode  # type: ignore[attr-defined]
    client.ProxySettings = binder.ProxySettings  # type: ignore[attr-defined]
    if noise_root is not None:
        _trust(noise_root)


def library_name() -> str:
    """Of the library's file, on the Linux that this runs on."""
    machine = platform.machine().lower()
    known = {"x86_64": "amd64", "aarch64": "arm64"}
    return f"neonize-linux-{known.get(machine, machine)}.so"


def count_noise_root(pid: int, root: bytes) -> int:
    """How often this key stands in the writable data of a process's Go library.

    Raises OSError where that process's memory may not be read.
    """
    return len(_addresses(pid, root))


def _trust(root: bytes) -> None:
    addresses = _addresses(os.getpid(), WHATSAPP_NOISE_ROOT)
    if not addresses or len(root) != len(WHATSAPP_NOISE_ROOT):
        raise GoRuntimeError("WhatsApp's Noise root was not found in the loaded library")
    for address in addresses:
        ctypes.memmove(address, root, len(root))


def _addresses(pid: int, needle: bytes) -> list[int]:
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, size in _writable_segments(pid):
            memory.seek(start)
            content = memory.read(size)
            at = content.find(needle)
            while at >= 0:
                found.append(start + at)
                at = content.find(needle, at + 1)
    return found


def _writable_segments(pid: int) -> list[tuple[int, int]]:
    """Address and size of the library's initialised data, as its program headers have it.

    Not what follows it in memory, 35 MB that begin as zeros.
    """
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        match = _FIRST_MAPPING.match(line)
        if match:
            base, path = int(match[1], 16), match[2]
            return [(base + address, size) for address, size in _writable_headers(Path(path))]
    raise GoRuntimeError(f"process {pid} has not loaded neonize's library")


def _writable_headers(library: Path) -> list[tuple[int, int]]:
    with library.open("rb") as file:
        headers = file.read(4096)
    (table,) = struct.unpack_from("<Q", headers, _ELF_TABLE_OFFSET)
    size, count = struct.unpack_from("<2H", headers, _ELF_TABLE_SHAPE)
    segments = (_PROGRAM_HEADER.unpack_from(headers, table + i * size) for i in range(count))
    return [
        (address, in_file)
        for kind, flags, _offset, address, _physical, in_file, _in_memory, _align in segments
        if kind == _PT_LOAD and flags & _PF_W
    ]
