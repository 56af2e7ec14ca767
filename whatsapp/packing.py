"""Filling the holes of the forkserver's heaps, so that what a worker allocates lies together.

A worker shares the forkserver's pages until it writes to them. Left alone it would put its own
small objects into holes all over them, and pay with a whole page for each.
"""

from __future__ import annotations

import ctypes

#: Bytes: larger requests get pages of their own (`M_MMAP_THRESHOLD` is 128 KiB in glibc).
_LARGEST = 65536
#: Bytes that a heap may have behind its last block (`M_TOP_PAD`, by which it grows, is 128 KiB).
_SPARE = 2 * 128 * 1024
#: Bytes of holes that are filled at most; there are about 300 KiB.
_MOST = 16 * 1024 * 1024
#: What fits into each of glibc's smaller chunks, of 32 bytes and every 16 more: all but 8 of it.
_SMALL = range(1016, 8, -16)
#: CPython 3.11 (Objects/obmalloc.c): objects of up to 512 bytes in classes of 16, in pools of 16
#: KiB that begin with a header of 48 bytes.
_CLASSES = range(16, 513, 16)
_POOL = 16384
_POOL_HEADER = 48


def fill_holes() -> None:
    """Take what is free within the heaps of C and Python. In a process with one thread."""
    _fill_python_heap()
    _fill_c_heap()


def _fill_python_heap() -> None:
    """Up to a pool that is used by nobody yet, in each class: it gives all its blocks in a row."""
    allocate, free = ctypes.pythonapi.PyObject_Malloc, ctypes.pythonapi.PyObject_Free
    allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    free.restype, free.argtypes = None, [ctypes.c_void_p]
    for size in _CLASSES:
        row: list[int] = []
        for _ in range(_MOST // size // len(_CLASSES)):
            address = allocate(size)
            if address is None:
                break
            if row and address != row[-1] + size:
                # The first block of a pool that is in use may be a hole, too.
                row = []
            if row or address % _POOL == _POOL_HEADER:
                row.append(address)
            if len(row) == (_POOL - _POOL_HEADER) // size:
                for each in row:
                    free(each)
                break


def _fill_c_heap() -> None:
    """Up to what comes from the heap's end, in each size."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_ssize_t]
    left = _MOST
    at_the_end = libc.malloc(_LARGEST)
    # It may have found a hole, and what lies behind that would then pass for the end.
    while libc.sbrk(0) - at_the_end > _LARGEST + _SPARE and left > 0:
        left -= _LARGEST
        at_the_end = libc.malloc(_LARGEST)
    for size in (*(_LARGEST >> shift for shift in range(7)), *_SMALL):
        while left > 0:
            address = libc.malloc(size)
            if address is None or address > at_the_end:
                libc.free(address)
                break
            left -= size
    libc.free(at_the_end)
