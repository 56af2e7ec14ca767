"""What the product promises of its cost, and whether figures hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.figures import OURS, Figure

HELD, MISSED, UNKNOWN = "held", "missed", "not measured"


@dataclass(frozen=True)
class Gate:
    """One promise about one figure."""

    measure: str
    figure: str
    empresas: int
    sentence: str
    """What is promised, as `≤ 18 MiB`."""
    holds: Callable[[float], bool]


@dataclass(frozen=True)
class Verdict:
    """A gate, what was measured, and `held`, `missed` or `not measured`."""

    gate: Gate
    value: float | None
    said: str


def gates(*, is_merging: bool) -> list[Gate]:
    """All there are; same-page merging halves what memory may be."""
    return [
        *_memory(9.0 if is_merging else 18.0),
        _at_most("starting", "start of the process to all connected", 100, 7, "s"),
        Gate("idle", "all connected, nobody writes", 100, "< 4 % of a core", lambda v: v < 4),
        _at_most("pairing", "connect to QR, one at a time, p50", 20, 100, "ms"),
        _at_most("pairing", "connect to QR, all at once, worst", 50, 2500, "ms"),
        _at_most("pairing", "scan to connected, one at a time, p50", 20, 300, "ms"),
        _at_most("pairing", "scan to connected, all at once, worst", 50, 6000, "ms"),
        _at_least("both-ways", "texts out, while as many come in", 400, 50),
        _at_least("both-ways", "texts in, while as many go out", 600, 50),
        _at_least("status", "ratio to bare Tornado", 0.8),
        _at_least("fan-out", "ratio to the plain loop", 0.8),
        Gate(
            "fan-out",
            "deliveries to 100 listeners of one empresa",
            1,
            "> 35,700/s",
            lambda v: v > 35_700,
        ),
    ]


def judge(found: Sequence[Gate], figures: Sequence[Figure]) -> list[Verdict]:
    """Of each gate; only our own server's figures count."""
    known = {
        (figure.measure, figure.name, figure.empresas): figure.value
        for figure in figures
        if figure.server == OURS
    }
    verdicts = []
    for gate in found:
        value = known.get((gate.measure, gate.figure, gate.empresas))
        said = UNKNOWN if value is None else HELD if gate.holds(value) else MISSED
        verdicts.append(Verdict(gate, value, said))
    return verdicts


def _memory(most: float) -> list[Gate]:
    states = ("freshly paired", "after a restart")
    return [_at_most("memory", f"each empresa, {state}", 100, most, "MiB") for state in states]


def _at_most(measure: str, figure: str, empresas: int, most: float, unit: str) -> Gate:
    sentence = f"≤ {most:,g} {unit}"
    return Gate(measure, figure, empresas, sentence, lambda value: value <= most)


def _at_least(measure: str, figure: str, least: float, empresas: int = 1) -> Gate:
    return Gate(measure, figure, empresas, f"≥ {least:g}", lambda value: value >= least)
