"""Loading neonize's Go library for the workers, and the key that it trusts.

The forkserver imports neonize without it (SPHINX stands in its environment), and then maps it;
the Go runtime, which cannot be forked, comes to life in each worker by itself.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import platform
import re
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from whatsapp.go_library import HEADERS, GoLibrary, GoLibraryError, segments

#: The Curve25519 public key with which WhatsApp's servers prove who they are; whatsmeow pins it.
WHATSAPP_NOISE_ROOT = bytes.fromhex(
    "142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b"
)
#: A line of /proc/PID/maps: the library from its beginning.
_FIRST_MAPPING = re.compile(
    r"([0-9a-f]+)-\S+ \S+ 0+ \S+ \d+\s+/\S*neonize-\w+-\w+\.so(?: \(deleted\))?$"
)


@cache
def map_library() -> GoLibrary:
    """Load it without its runtime, and have neonize know it; once, before any fork."""
    os.environ.pop("SPHINX", None)
    # Its own asks a shell, which stays with the worker as a zombie.
    sys.modules["neonize.utils.platform"].generated_name = library_name  # type: ignore[attr-defined]
    library = GoLibrary(library_path())
    binder, client = _bound_to(library.code), sys.modules["neonize.client"]
    client.gocode = binder.gocode  # type: ignore[attr-defined]
    client.ProxySettings = binder.ProxySettings  # type: ignore[attr-defined]
    return library


def load_go_runtime(noise_root: bytes | None) -> None:
    """Start it, and have it trust `noise_root` instead of WhatsApp's own, if one is given."""
    library = map_library()
    library.start()
    library.code.GetVersion.restype = ctypes.c_char_p
    loaded, wanted = library.code.GetVersion().decode(), _wanted_version()
    if loaded != wanted:
        raise GoLibraryError(f"neonize wants its library's version {wanted}, not {loaded}")
    if noise_root is not None:
        _trust(noise_root)


def library_name() -> str:
    """Of the library's file, on the Linux that this runs on."""
    machine = platform.machine().lower()
    known = {"x86_64": "amd64", "aarch64": "arm64"}
    return f"neonize-linux-{known.get(machine, machine)}.so"


def library_path() -> Path:
    """Where neonize's is installed; neonize itself is not imported for that."""
    spec = find_spec("neonize")
    if spec is None or spec.origin is None:
        raise GoLibraryError("neonize is not installed")
    return Path(spec.origin).with_name(library_name())


def count_noise_root(pid: int, root: bytes) -> int:
    """How often this key stands in the writable data of a process's Go library.

    Raises OSError where that process's memory may not be read.
    """
    return len(_addresses(pid, root))


def _bound_to(code: ctypes.CDLL) -> Any:
    """The library's `_binder`, made anew around it.

    It opens the library and asks for its version, and no answer would come without a runtime.
    """
    version, opens = _wanted_version().encode(), ctypes.CDLL
    vars(code)["GetVersion"] = lambda: version
    ctypes.CDLL = lambda _path: code  # type: ignore[assignment,misc]
    try:
        return importlib.reload(sys.modules["neonize._binder"])
    finally:
        ctypes.CDLL = opens  # type: ignore[misc]
        del vars(code)["GetVersion"]


def _wanted_version() -> str:
    version: str = sys.modules["neonize.download"].__GONEONIZE_VERSION__
    return version


def _trust(root: bytes) -> None:
    addresses = _addresses(os.getpid(), WHATSAPP_NOISE_ROOT)
    if not addresses or len(root) != len(WHATSAPP_NOISE_ROOT):
        raise GoLibraryError("WhatsApp's Noise root was not found in the loaded library")
    for address in addresses:
        ctypes.memmove(address, root, len(root))


def _addresses(pid: int, needle: bytes) -> list[int]:
    found = []
    base = _base(pid)
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(base)
        for segment in segments(memory.read(HEADERS)):
            if not segment.is_writable_data:
                continue
            start = base + segment.address
            memory.seek(start)
            # Not what follows it in memory, 35 MB that begin as zeros.
            content = memory.read(segment.size)
            at = content.find(needle)
            while at >= 0:
                found.append(start + at)
                at = content.find(needle, at + 1)
    return found


def _base(pid: int) -> int:
    """Where the library begins in a process's memory."""
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        match = _FIRST_MAPPING.match(line)
        if match:
            return int(match[1], 16)
    raise GoLibraryError(f"process {pid} has not loaded neonize's library")
