"""Asking for a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from actors.errors import Refusal


def refused(ask: Callable[..., object], *arguments: Any, **named: Any) -> Refusal:
    """The refusal with which a call is answered."""
    with pytest.raises(Refusal) as raised:
        ask(*arguments, **named)
    return raised.value
