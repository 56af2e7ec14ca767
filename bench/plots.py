"""Figures as plots: lines where something grows with the empresas, else bars."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture

from bench.figures import CORES, OURS, Figure

#: Text stays text, and the same figures make the same file.
mpl.rcParams["svg.fonttype"] = "none"
mpl.rcParams["svg.hashsalt"] = "bench.report"
#: Inches: the width, the height of lines, and of bars that of each and of what is around them.
_WIDTH, _HEIGHT, _BAR, _AROUND = 7.6, 4.2, 0.28, 1.3
#: Where the largest is so many times the smallest, an axis is logarithmic.
_WIDE = 20
_METADATA = {"Date": None, "Creator": "bench.report"}


def svg(title: str, figures: Sequence[Figure]) -> bytes:
    """The figures of the first one's unit; what the processor did is left to the tables."""
    unit = figures[0].unit
    assert unit != CORES
    shown = [figure for figure in figures if figure.unit == unit]
    names = list(dict.fromkeys(figure.name for figure in shown))
    counts = Counter((figure.name, figure.server) for figure in shown)
    grows = max(counts.values()) > 1
    height = _HEIGHT if grows else _AROUND + _BAR * len(shown)
    picture = Picture(figsize=(_WIDTH, height), layout="constrained")
    axes = picture.add_subplot()
    if grows:
        _lines(axes, shown, unit)
    else:
        # Side by side what is of the same name.
        _bars(axes, sorted(shown, key=lambda figure: names.index(figure.name)), unit)
    picture.suptitle(title)
    file = io.BytesIO()
    picture.savefig(file, format="svg", metadata=_METADATA)
    return file.getvalue()


def _lines(axes: Axes, figures: Sequence[Figure], unit: str) -> None:
    for label in dict.fromkeys(_name(figure) for figure in figures):
        line = [figure for figure in figures if _name(figure) == label]
        empresas = [figure.empresas for figure in line]
        axes.plot(empresas, [figure.value for figure in line], marker="o", label=label)
    counts = sorted({figure.empresas for figure in figures})
    axes.set_xscale("log")
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.minorticks_off()
    axes.set_xlabel("empresas")
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.3)
    axes.legend()


def _bars(axes: Axes, figures: Sequence[Figure], unit: str) -> None:
    values = [figure.value for figure in figures]
    bars = axes.barh([_label(figure) for figure in figures], values)
    axes.bar_label(bars, fmt="{:,.5g}", padding=3)
    axes.invert_yaxis()
    if max(values) > _WIDE * min(values) > 0:
        axes.set_xscale("log")
        unit = f"{unit}, logarithmic"
    axes.margins(x=0.2)
    axes.set_xlabel(f"{unit} (in brackets: with how many empresas)")


def _label(figure: Figure) -> str:
    return f"{_name(figure)} ({figure.empresas})"


def _name(figure: Figure) -> str:
    return figure.name if figure.server == OURS else f"{figure.server}: {figure.name}"
