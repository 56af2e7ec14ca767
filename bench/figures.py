"""A figure: one number with its unit, and of how many empresas it is."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

OURS = "VendeAI"
#: Of a figure that is somebody's share of the processor.
CORES = "cores"


@dataclass(frozen=True)
class Figure:
    """What was measured; `measure` and `server` are filled in by the report."""

    name: str
    value: float
    unit: str
    empresas: int
    measure: str = ""
    server: str = OURS
    """Whose it is."""
    note: str = ""
    """What is to be known of it, such as that this run did not measure it."""


def spread(name: str, seconds: Sequence[float], empresas: int) -> list[Figure]:
    """The median, the 99th percentile and the worst, in ms."""
    ordered = sorted(1000 * value for value in seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return [
        Figure(f"{name}, {which}", round(value, 1), "ms", empresas)
        for which, value in (
            ("p50", statistics.median(ordered)),
            ("p99", p99),
            ("worst", ordered[-1]),
        )
    ]


def shares(phase: str, used: Mapping[str, float], empresas: int) -> list[Figure]:
    """How much of a core each had during a phase."""
    return [
        Figure(f"processor while {phase}: {who}", round(value, 3), CORES, empresas)
        for who, value in used.items()
    ]
