"""A text as one WebSocket frame: made once for all who listen."""

from __future__ import annotations

import struct
from functools import lru_cache

#: RFC 6455, 5.2: the last fragment, of text; a server does not mask.
_FINAL_TEXT = 0x81
_TWO_BYTES, _EIGHT_BYTES = 126, 127
_MOST_IN_TWO_BYTES = 0xFFFF


# Of the few that are being handed to one listener after the other at this moment.
@lru_cache(maxsize=8)
def ready_frame(text: str) -> bytes:
    """What Tornado would write for it to each listener."""
    payload = text.encode()
    size = len(payload)
    if size < _TWO_BYTES:
        head = struct.pack("!BB", _FINAL_TEXT, size)
    elif size <= _MOST_IN_TWO_BYTES:
        head = struct.pack("!BBH", _FINAL_TEXT, _TWO_BYTES, size)
    else:
        head = struct.pack("!BBQ", _FINAL_TEXT, _EIGHT_BYTES, size)
    return head + payload
