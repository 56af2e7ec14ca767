"""What a forked process allocates after its parent's heaps were filled."""

from __future__ import annotations

import pytest

from tests.whatsapp.programs import run

#: Heaps full of holes; then so many small objects, and over how many pages they are spread.
PROGRAM = """
import ctypes, gc, sys
from whatsapp.packing import fill_holes
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
python = ctypes.pythonapi
python.PyObject_Malloc.restype = ctypes.c_void_p
python.PyObject_Malloc.argtypes = [ctypes.c_size_t]
python.PyObject_Free.argtypes = [ctypes.c_void_p]
for allocate, free in ((libc.malloc, libc.free), (python.PyObject_Malloc, python.PyObject_Free)):
    taken = [allocate(size) for _ in range(400) for size in (20, 64, 200, 500, 3000)]
    # The first that is asked for must not be taken for the heap's end because it fits in here.
    taken.insert(0, allocate(100_000))
    taken += [allocate(size) for _ in range(400) for size in (20, 64, 200, 500, 3000)]
    for address in taken[::3]:
        free(address)
# As the forkserver does: garbage that is found later would leave new holes.
gc.collect()
gc.freeze()
if sys.argv[1] == "filled":
    fill_holes()
for allocate in (libc.malloc, python.PyObject_Malloc):
    for size in (20, 200):
        print(len({allocate(size) // 4096 for _ in range(100)}))
"""


def pages(how: str) -> dict[tuple[str, int], int]:
    """Of heap and size."""
    cases = [(heap, size) for heap in ("C", "Python") for size in (20, 200)]
    return dict(zip(cases, map(int, run(PROGRAM, how).stdout.split()), strict=True))


@pytest.mark.parametrize("heap", ["C", "Python"])
@pytest.mark.parametrize(("size", "most"), [(20, 8), (200, 12)])
def test_small_objects_lie_together_once_the_holes_are_filled(
    heap: str, size: int, most: int
) -> None:
    # 100 objects of 32 bytes or of 208: one page or six, and what was freed since the filling.
    assert pages("filled")[heap, size] <= most
    assert pages("as they were")[heap, size] > most
