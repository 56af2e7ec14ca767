"""How `data` is written down."""

from __future__ import annotations

import json
from typing import Any

_DECODE = json.JSONDecoder().raw_decode


def json_text(value: object) -> str:
    """JSON, compact and in ASCII: every string has such a form, lone surrogates included.

    Raises ValueError or TypeError for what JSON does not have (NaN, sets, bytes).
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def from_json_text(text: str | bytes) -> Any:
    """What `json_text` was given. A page of events has a thousand: there is no other JSON here."""
    return _DECODE(text if isinstance(text, str) else text.decode())[0]
