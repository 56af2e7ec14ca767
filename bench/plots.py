"""Figures as plots: lines where something grows with the empresas, else bars."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture

from bench.figures import CORES, OURS, Figure

#: Text stays text, and the same figures make the same file.
mpl.rcParams["svg.fonttype"] = "none"
mpl.rcParams["svg.hashsalt"] = "bench.report"
_SIZE = (7.6, 4.2)
_METADATA = {"Date": None, "Creator": "bench.report"}


def svg(title: str, figures: Sequence[Figure]) -> bytes:
    """The figures of the first one's unit; what the processor did is left to the tables."""
    unit = figures[0].unit
    assert unit != CORES
    shown = [figure for figure in figures if figure.unit == unit]
    names = list(dict.fromkeys(figure.name for figure in shown))
    grows = any(len(_ours(shown, name)) > 1 for name in names)
    picture = Picture(figsize=_SIZE, layout="constrained")
    axes = picture.add_subplot()
    if grows:
        _lines(axes, shown, names, unit)
    else:
        _bars(axes, shown, unit)
    picture.suptitle(title)
    file = io.BytesIO()
    picture.savefig(file, format="svg", metadata=_METADATA)
    return file.getvalue()


def _lines(axes: Axes, figures: Sequence[Figure], names: Sequence[str], unit: str) -> None:
    for name in names:
        points = [(figure.empresas, figure.value) for figure in _ours(figures, name)]
        axes.plot(*zip(*points, strict=True), marker="o", label=name)
    axes.set_xlabel("empresas")
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()


def _bars(axes: Axes, figures: Sequence[Figure], unit: str) -> None:
    bars = axes.barh([_label(figure) for figure in figures], [figure.value for figure in figures])
    axes.bar_label(bars, fmt="{:,.5g}", padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel(unit)


def _label(figure: Figure) -> str:
    name = figure.name if figure.server == OURS else f"{figure.server}: {figure.name}"
    return f"{name} ({figure.empresas})"


def _ours(figures: Sequence[Figure], name: str) -> list[Figure]:
    return [figure for figure in figures if figure.name == name and figure.server == OURS]
