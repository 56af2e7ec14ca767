"""The Baileys server's figures, where this run measures none."""

from __future__ import annotations

from collections.abc import Iterable

from bench.figures import Figure

BAILEYS = "Baileys"
_NOTE = "measured elsewhere, on two such cores"


def _of(measure: str, name: str, value: float, unit: str, empresas: int) -> Figure:
    return Figure(name, value, unit, empresas, measure, BAILEYS, _NOTE)


KNOWN = (
    _of("pairing", "connect to QR, one at a time, p50", 46, "ms", 20),
    _of("pairing", "scan to connected, one at a time, p50", 811, "ms", 20),
    _of("pairing", "scan to connected, all at once, worst", 18_000, "ms", 50),
    _of("both-ways", "texts out, while as many come in", 212, "/s", 50),
    _of("both-ways", "texts in, while as many go out", 566, "/s", 50),
    _of("status", "status requests", 13_400, "/s", 1),
    _of("fan-out", "deliveries to 100 listeners of one empresa", 35_700, "/s", 1),
)


def missing(measures: Iterable[str], measured: Iterable[Figure]) -> list[Figure]:
    """What is known of these measures and stands in for what was not measured."""
    wanted = set(measures)
    there = {(figure.measure, figure.server) for figure in measured}
    return [f for f in KNOWN if f.measure in wanted and (f.measure, f.server) not in there]
