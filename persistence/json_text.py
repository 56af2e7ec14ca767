"""How `data` is written down."""

from __future__ import annotations

import json


def json_text(value: object) -> str:
    """JSON, compact and in ASCII: every string has such a form, lone surrogates included.

    Raises ValueError or TypeError for what JSON does not have (NaN, sets, bytes).
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def as_text(text: str | bytes) -> str:
    """JSON as it stands in its column, which no engine turns into objects and back.

    An event is encoded once, before it is stored, and sent as that text ever after: decoding was
    most of what a page of a thousand cost.
    """
    return text if isinstance(text, str) else text.decode()
