"""The header `Range` of a request for a file (RFC 9110, 14)."""

from __future__ import annotations

import re

from web.refusals import RangeNotSatisfiable

_ONE_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*")


def byte_range(header: str | None, size: int) -> range | None:
    """Which bytes are asked for, of so many; None: all.

    What is no range of bytes, or more than one, is left aside, as the RFC has it. Refused:
    `RangeNotSatisfiable`.
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        asked = range(max(0, size - int(found[2])), size)
    else:
        start, last = int(found[1]), int(found[2] or size - 1)
        if found[2] and last < start:
            return None
        asked = range(start, min(last + 1, size))
    if not asked:
        raise RangeNotSatisfiable(size=size)
    return asked
