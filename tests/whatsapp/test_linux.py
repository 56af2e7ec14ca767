"""What the C library does when it is asked to."""

from __future__ import annotations

from tests.whatsapp.programs import run

#: Twenty threads alive at once, each of which takes memory; then how many heaps glibc speaks of.
PROGRAM = """
import ctypes, sys, threading
from whatsapp.linux import share_heaps
if sys.argv[1] == "shared":
    share_heaps()
libc = ctypes.CDLL(None)
together = threading.Barrier(20)
def take():
    together.wait()
    libc.malloc(1000)
    together.wait()
threads = [threading.Thread(target=take) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.malloc_stats()
"""


def heaps(how: str) -> int:
    return run(PROGRAM, how).stderr.count("Arena ")


def test_all_threads_share_two_heaps() -> None:
    assert heaps("shared") == 2
    assert heaps("as they were") > 2
