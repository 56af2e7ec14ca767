"""neonize's Go library, loaded without its runtime."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.whatsapp.programs import run
from whatsapp.go_library import GoLibrary, GoLibraryError, segments
from whatsapp.go_runtime import library_path

#: One process loads it; two that it forks have a runtime each, and leave it without one.
FORKED = """
import ctypes, os, sys
from pathlib import Path
from whatsapp.go_library import GoLibrary

def threads():
    return len(os.listdir("/proc/self/task"))

library = GoLibrary(Path(sys.argv[1]))
print(threads())
for name in ("one", "two"):
    os.environ["NAME"] = name
    sys.stdout.flush()
    if os.fork() == 0:
        library.start()
        library.code.GetVersion.restype = ctypes.c_char_p
        print(library.code.GetVersion().decode(), threads() > 1, flush=True)
        os._exit(0)
    assert os.wait()[1] == 0
print(threads())
"""


def test_each_forked_process_starts_a_runtime_of_its_own() -> None:
    said = run(FORKED, str(library_path())).stdout.splitlines()
    assert said == ["1", "0.5.2 True", "0.5.2 True", "1"]


def test_what_is_no_library_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "neonize.so"
    text.write_text("no such thing")
    with pytest.raises(GoLibraryError, match="no ELF file"):
        GoLibrary(text)


def test_a_library_that_names_nothing_that_starts_its_runtime_is_refused(tmp_path: Path) -> None:
    content = bytearray(library_path().read_bytes())
    (dynamic,) = [each for each in segments(content) if each.kind == 2]
    for at in range(dynamic.offset, dynamic.offset + dynamic.size, 16):
        if struct.unpack_from("<Q", content, at) == (27,):  # DT_INIT_ARRAYSZ
            struct.pack_into("<2Q", content, at, 27, 0)
    other = tmp_path / "neonize.so"
    other.write_bytes(content)
    with pytest.raises(GoLibraryError, match="names nothing"):
        GoLibrary(other)
