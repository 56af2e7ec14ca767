"""Figures as tables in a page whose other parts stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import OURS, Figure
from bench.gates import UNKNOWN, Verdict

BEGIN, END = "<!-- bench.report writes from here -->\n", "<!-- to here -->\n"
_SECTION = re.compile(r"^<!-- section (\S+) -->\n", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """What is shown of one measure."""

    key: str
    """Its place in the page, and the name of its plot."""
    title: str
    command: str
    about: str
    """Sentences that say when, where and how."""
    figures: tuple[Figure, ...]
    verdicts: tuple[Verdict, ...]


def markdown(section: Section) -> str:
    """The section's title, command, table, gates and plot."""
    parts = [
        f"### {section.title}",
        f"`{section.command}`. {section.about}",
        table(section.figures),
        *_notes(section.figures),
        *_said(section.verdicts),
        f"![{section.title}](plots/{section.key}.svg)",
    ]
    return "\n\n".join(part for part in parts if part)


def table(figures: Sequence[Figure]) -> str:
    """A row for each figure's name, a column for each server and number of empresas."""
    cells = {(f.name, *_column(f)): number(f.value) for f in figures}
    columns = list(dict.fromkeys(_column(figure) for figure in figures))
    rows = [["figure", "unit", *(_heading(*column) for column in columns)]]
    rows.append(["---"] * len(rows[0]))
    for name, unit in dict.fromkeys((figure.name, figure.unit) for figure in figures):
        rows.append([name, unit, *(cells.get((name, *column), "") for column in columns)])
    return grid(rows)


def grid(rows: Sequence[Sequence[str]]) -> str:
    """A table in markdown; the second row is the line below its head."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cell(value: object) -> str:
    """Of a report that says yes, no, none or how many."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    return str(value)


def number(value: float) -> str:
    """With commas, and no more places than it has."""
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def replaced(page: str, sections: Sequence[tuple[str, str]], order: Sequence[str]) -> str:
    """The page with these sections, by key, in place of what was there of them.

    Others stay, between the two markers and outside. Raises ValueError where there are no markers.
    """
    before, begin, rest = page.partition(BEGIN)
    inner, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page needs the lines {BEGIN.strip()} and {END.strip()}")
    pieces = _SECTION.split(inner)[1:]
    texts = dict(zip(pieces[::2], pieces[1::2], strict=True)) | dict(sections)
    known = [key for key in order if key in texts]
    keys = [*known, *(key for key in texts if key not in known)]
    written = "\n".join(f"<!-- section {key} -->\n{texts[key].strip()}\n" for key in keys)
    return f"{before}{begin}{written}{end}{after}"


def _column(figure: Figure) -> tuple[str, int]:
    return figure.server, figure.empresas


def _heading(server: str, empresas: int) -> str:
    count = "1 empresa" if empresas == 1 else f"{empresas} empresas"
    return count if server == OURS else f"{server}, {count}"


def _notes(figures: Sequence[Figure]) -> list[str]:
    noted = [(f"{_heading(*_column(f))}", f.note) for f in figures if f.note]
    lines = [f"- {heading}: {note}." for heading, note in dict.fromkeys(noted)]
    return ["\n".join(lines)] if lines else []


def _said(verdicts: Sequence[Verdict]) -> list[str]:
    lines = []
    for verdict in verdicts:
        gate = verdict.gate
        measured = "" if verdict.value is None else f" ({number(verdict.value)})"
        said = verdict.said if verdict.said == UNKNOWN else f"**{verdict.said}**"
        of = _heading(OURS, gate.empresas)
        lines.append(f"- {gate.figure}, {of}, {gate.sentence}: {said}{measured}")
    return ["\n".join(["Promised:", "", *lines])] if lines else []
