"""How `data` is written down."""

from __future__ import annotations

import json


def json_text(value: object) -> str:
    """JSON, compact and in ASCII: every string has such a form, lone surrogates included.

    Raises ValueError or TypeError for what JSON does not have (NaN, sets, bytes).
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
