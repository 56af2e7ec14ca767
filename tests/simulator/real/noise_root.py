"""Makes the loaded Go library trust a simulator's Noise root instead of WhatsApp's."""

import ctypes
from collections.abc import Iterator
from pathlib import Path

WHATSAPPS_ROOT = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")


def trust(root: bytes) -> int:
    """Overwrite WhatsApp's root wherever it lies in the library's data; return how often it did.

    To be called after the library was loaded and before it connects; RuntimeError if it is not
    found, as then the library is another one.
    """
    places = [place for start, end in _writable_data() for place in _find(start, end)]
    if not places:
        raise RuntimeError("WhatsApp's Noise root is not where neonize 0.5.2 has it")
    for place in places:
        ctypes.memmove(place, root, len(root))
    return len(places)


def _find(start: int, end: int) -> Iterator[int]:
    data = ctypes.string_at(start, end - start)
    at = data.find(WHATSAPPS_ROOT)
    while at >= 0:
        yield start + at
        at = data.find(WHATSAPPS_ROOT, at + 1)


def _writable_data() -> Iterator[tuple[int, int]]:
    """Yield the library's writable mappings, and the anonymous one that follows each."""
    after_library = False
    for line in Path("/proc/self/maps").read_text().splitlines():
        addresses, permissions, _offset, _device, inode, *path = line.split(maxsplit=5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        of_library = bool(path) and Path(path[0]).name.startswith("neonize-")
        if permissions.startswith("rw") and (of_library or (after_library and inode == "0")):
            yield start, end
        after_library = of_library
