"""Loading neonize's Go library into a worker, and the key that it trusts.

The forkserver has imported neonize without it (SPHINX stands in its environment), so that the
Go runtime, which cannot be forked, comes to life in each worker by itself.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

#: The Curve25519 public key with which WhatsApp's servers prove who they are; whatsmeow pins it.
WHATSAPP_NOISE_ROOT = bytes.fromhex(
    "142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b"
)
_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+\s*(.*)")
_LIBRARY = re.compile(r"neonize-\w+-\w+\.so$")


class GoRuntimeError(Exception):
    """The library is not the one that this was written for."""


def load_go_runtime(noise_root: bytes | None) -> None:
    """Load it, and have it trust `noise_root` instead of WhatsApp's own, if one is given."""
    os.environ.pop("SPHINX", None)
    binder = importlib.reload(sys.modules["neonize._binder"])
    client = sys.modules["neonize.client"]
    client.gocode = binder.gocode  # type: ignore[attr-defined]
    client.ProxySettings = binder.ProxySettings  # type: ignore[attr-defined]
    if noise_root is not None:
        _trust(noise_root)


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


@dataclass(frozen=True, slots=True)
class _Mapping:
    start: int
    end: int
    is_writable: bool
    path: str


def _addresses(pid: int, needle: bytes) -> list[int]:
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for mapping in _library_data(pid):
            memory.seek(mapping.start)
            content = memory.read(mapping.end - mapping.start)
            found += [mapping.start + m.start() for m in re.finditer(re.escape(needle), content)]
    return found


def _library_data(pid: int) -> list[_Mapping]:
    """Writable mappings of the library's file, and the nameless one right after them."""
    data: list[_Mapping] = []
    before: _Mapping | None = None
    for mapping in _mappings(pid):
        follows = before is not None and mapping.start == before.end and not mapping.path
        belongs = bool(_LIBRARY.search(mapping.path)) or (follows and before in data)
        if belongs and mapping.is_writable:
            data.append(mapping)
        before = mapping
    return data


def _mappings(pid: int) -> list[_Mapping]:
    mappings = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        match = _MAPPING.match(line)
        if match:
            start, end, mode, path = match.groups()
            mappings.append(_Mapping(int(start, 16), int(end, 16), "w" in mode, path))
    return mappings
