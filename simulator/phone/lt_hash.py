"""A hash of a set to which elements can be added, and from which they can be taken again."""

import struct
from collections.abc import Iterable

from simulator.phone.primitives import hkdf

LENGTH = 128
EMPTY = bytes(LENGTH)

_WORDS = struct.Struct("<64H")
_MODULUS = 1 << 16


def change(old: bytes, added: Iterable[bytes], removed: Iterable[bytes]) -> bytes:
    """Return the hash (128 bytes) of the set after these elements were added and removed."""
    words = list(_WORDS.unpack(old))
    for sign, elements in ((1, added), (-1, removed)):
        for element in elements:
            expanded = _WORDS.unpack(hkdf(b"", element, b"WhatsApp Patch Integrity", LENGTH))
            words = [
                (word + sign * other) % _MODULUS
                for word, other in zip(words, expanded, strict=True)
            ]
    return _WORDS.pack(*words)
