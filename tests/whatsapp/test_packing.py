"""What a forked process allocates after its parent's heaps were filled."""

from __future__ import annotations

import pytest

from tests.whatsapp.programs import run

#: Heaps full of holes; then so many small objects, and over how many pages they are spread.
PROGRAM = """
import ctypes, sys
from whatsapp.packing import fill_holes
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
python = ctypes.pythonapi
python.PyObject_Malloc.restype = ctypes.c_void_p
python.PyObject_Malloc.argtypes = [ctypes.c_size_t]
python.PyObject_Free.argtypes = [ctypes.c_void_p]
for allocate, free in ((libc.malloc, libc.free), (python.PyObject_Malloc, python.PyObject_Free)):
    taken = [allocate(size) for _ in range(400) for size in (64, 200, 500, 3000)]
    for address in taken[::3]:
        free(address)
if sys.argv[1] == "filled":
    fill_holes()
for allocate in (libc.malloc, python.PyObject_Malloc):
    print(len({allocate(200) // 4096 for _ in range(100)}))
"""


def pages(how: str) -> list[int]:
    """Of C, and of Python."""
    return [int(line) for line in run(PROGRAM, how).stdout.split()]


@pytest.mark.parametrize(("which", "heap"), [(0, "C"), (1, "Python")])
def test_small_objects_lie_together_once_the_holes_are_filled(which: int, heap: str) -> None:
    # 100 objects of 208 bytes: five or six pages, one more where the first began before them.
    assert pages("filled")[which] <= 8, heap
    assert pages("as they were")[which] > 8, heap
