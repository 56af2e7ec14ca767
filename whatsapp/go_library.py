"""neonize's Go library in memory, with the Go runtime in it not started yet.

A Go runtime starts as soon as its library is loaded, by a function that the loader calls, and it
cannot be forked. What comes before, the 80,000 addresses that the loader writes into 2 MiB of
tables, is the same for every worker: the forkserver loads a copy that names no such function,
and each worker calls it in its own memory.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path

#: ELF, 64 bits, little endian: where the program headers are, their size and number, one of them,
#: and an entry of the dynamic section.
_TABLE_OFFSET = 32
_TABLE_SHAPE = 54
_PROGRAM_HEADER = struct.Struct("<2I6Q")
_DYNAMIC_ENTRY = struct.Struct("<2Q")
_MAGIC = b"\x7fELF\x02\x01"
_PT_LOAD, _PT_DYNAMIC, _PF_W = 1, 2, 2
_DT_INIT_ARRAY, _DT_INIT_ARRAY_SIZE = 25, 27
_POINTER = 8
HEADERS = 4096
"""Bytes at the library's beginning in which its headers are."""


class GoLibraryError(Exception):
    """The library is not the one that this was written for."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the library that is loaded, or that says how to."""

    kind: int
    flags: int
    offset: int
    """In the file."""
    address: int
    """From the library's beginning in memory."""
    size: int
    """In the file; what follows in memory begins as zeros."""

    @property
    def is_writable_data(self) -> bool:
        """Initialised, and not only read."""
        return self.kind == _PT_LOAD and bool(self.flags & _PF_W)


def segments(headers: bytes | bytearray) -> list[Segment]:
    """As the first `HEADERS` bytes of the library have them. Raises `GoLibraryError`."""
    if not headers.startswith(_MAGIC):
        raise GoLibraryError("neonize's library is no ELF file of 64 bits")
    (table,) = struct.unpack_from("<Q", headers, _TABLE_OFFSET)
    size, count = struct.unpack_from("<2H", headers, _TABLE_SHAPE)
    unpacked = (_PROGRAM_HEADER.unpack_from(headers, table + i * size) for i in range(count))
    return [
        Segment(kind, flags, offset, address, in_file)
        for kind, flags, offset, address, _physical, in_file, _in_memory, _align in unpacked
    ]


class GoLibrary:
    """Loaded into this process, with the Go runtime not running."""

    def __init__(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        self._starts, self._starts_size = _without_starts(content)
        # The loader wants a file, and a folder for one might be full, or forbid to execute.
        file = os.memfd_create(path.name)
        try:
            with open(file, "wb", closefd=False) as copy:
                copy.write(content)
            self.code = ctypes.CDLL(f"/proc/self/fd/{file}")
        finally:
            os.close(file)
        self._arguments: ctypes.Array[ctypes.c_char] | None = None

    def start(self) -> None:
        """Have the runtime come to life, on threads of its own. Once, in a process with none.

        Whatever is called in it then waits until it has.
        """
        # The handle is the loader's `struct link_map`, whose first member is where the library is.
        base = ctypes.c_uint64.from_address(self.code._handle).value  # noqa: SLF001 - ctypes' own
        count, words = self._make_arguments()
        function = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        for offset in range(0, self._starts_size, _POINTER):
            start = ctypes.c_uint64.from_address(base + self._starts + offset).value
            if start:
                function(start)(count, words, words + _POINTER * (count + 1))

    def _make_arguments(self) -> tuple[int, int]:
        """What the loader gives: argc and argv, with environment and auxiliary vector behind.

        The runtime goes on reading it.
        """
        arguments = [b"neonize"]
        texts = [*arguments, *(name + b"=" + value for name, value in os.environb.items())]
        auxiliary = Path("/proc/self/auxv").read_bytes()
        # The texts stand behind the words that point to them, each with a zero at its end.
        offsets = accumulate((len(text) + 1 for text in texts), initial=0)
        words_size = _POINTER * (len(texts) + 2) + len(auxiliary)
        text = b"".join(text + b"\0" for text in texts)
        self._arguments = ctypes.create_string_buffer(words_size + len(text))
        first = ctypes.addressof(self._arguments) + words_size
        pointers = [first + offset for offset in islice(offsets, len(texts))]
        pointers.insert(len(arguments), 0)
        words = struct.pack(f"<{len(pointers) + 1}Q", *pointers, 0)
        self._arguments.raw = words + auxiliary + text
        return len(arguments), ctypes.addressof(self._arguments)


def _without_starts(content: bytearray) -> tuple[int, int]:
    """Take the functions that the loader would call from the file; their place and size."""
    found: dict[int, int] = {}
    for at, tag, value in _dynamic_entries(content):
        found[tag] = value
        if tag == _DT_INIT_ARRAY_SIZE:
            _DYNAMIC_ENTRY.pack_into(content, at, tag, 0)
    if not found.get(_DT_INIT_ARRAY_SIZE):
        raise GoLibraryError("neonize's library names nothing that starts its Go runtime")
    return found[_DT_INIT_ARRAY], found[_DT_INIT_ARRAY_SIZE]


def _dynamic_entries(content: bytearray) -> Iterator[tuple[int, int, int]]:
    """Place, tag and value of each."""
    for segment in segments(content):
        if segment.kind == _PT_DYNAMIC:
            end = segment.offset + segment.size
            for at in range(segment.offset, end, _DYNAMIC_ENTRY.size):
                yield at, *_DYNAMIC_ENTRY.unpack_from(content, at)
