"""Looking up many values: so many by one statement, as each of them is a parameter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

#: Values in one statement.
CHUNK = 500


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """All of them, in their order, `CHUNK` at a time; nothing of none."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))
