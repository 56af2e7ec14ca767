"""What `bench.report` makes of figures: tables, plots, and whether promises are held."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from bench import kernel
from bench.figures import CORES, Figure, shares, spread
from bench.gates import HELD, MISSED, UNKNOWN, gates, judge
from bench.known import BAILEYS, missing
from bench.measures.messages import limited_by
from bench.measures.pairing import ALONE, AT_ONCE
from bench.plots import svg
from bench.rendering import BEGIN, END, Section, markdown, replaced

MADE_UP = [
    Figure("each empresa, freshly paired", 17.5, "MiB", 100, "memory"),
    Figure("each empresa, freshly paired", 21.25, "MiB", 1, "memory"),
    Figure("idle server", 74, "MiB", 100, "memory"),
    Figure("processor while nothing happens: server", 0.02, CORES, 100, "memory"),
]
BARS = [
    Figure("status requests", 5100, "/s", 1, "status"),
    Figure("ratio to bare Tornado", 0.79, "", 1, "status"),
    *missing(["status"], []),
]


def _verdicts(figures: list[Figure], *, is_merging: bool = False) -> dict[str, str]:
    return {v.gate.figure: v.said for v in judge(gates(is_merging=is_merging), figures)}


def _section(figures: list[Figure]) -> Section:
    about = "Two sentences. Made up."
    verdicts = [v for v in judge(gates(is_merging=False), figures) if v.gate.measure == "memory"]
    return Section("memory", "Memory", "python -m x", about, tuple(figures), tuple(verdicts))


def test_a_promise_is_held_missed_or_not_measured() -> None:
    said = _verdicts(MADE_UP + BARS)
    assert said["each empresa, freshly paired"] == HELD
    assert said["each empresa, after a restart"] == UNKNOWN
    assert said["ratio to bare Tornado"] == MISSED


def test_same_page_merging_halves_what_memory_may_be() -> None:
    assert _verdicts(MADE_UP, is_merging=True)["each empresa, freshly paired"] == MISSED


def test_a_promise_of_more_than_something_is_missed_at_that() -> None:
    figure = Figure("deliveries to 100 listeners of one empresa", 35_700, "/s", 1, "fan-out")
    assert _verdicts([figure])[figure.name] == MISSED
    assert _verdicts([replace(figure, value=35_701)])[figure.name] == HELD


def test_another_servers_figures_hold_no_promise_of_ours() -> None:
    theirs = [replace(figure, server=BAILEYS) for figure in MADE_UP]
    assert set(_verdicts(theirs).values()) == {UNKNOWN}


def test_what_is_known_of_the_peer_stands_in_for_what_was_not_measured() -> None:
    known = missing(["status", "fan-out"], [])
    assert [figure.value for figure in known] == [13_400, 35_700]
    measured = Figure("status requests", 9000, "/s", 1, "status", BAILEYS)
    assert missing(["status"], [measured]) == []


def test_a_spread_is_of_milliseconds() -> None:
    figures = spread("late", [0.001 * n for n in range(1, 101)], 3)
    assert [(f.name, f.value) for f in figures] == [
        ("late, p50", 50.5),
        ("late, p99", 100.0),
        ("late, worst", 100.0),
    ]
    assert [f.value for f in spread("late", [0.5], 1)] == [500.0, 500.0, 500.0]


def test_a_table_has_a_row_for_each_figure_and_a_column_for_each_count_and_server() -> None:
    text = markdown(_section(MADE_UP + BARS))
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    assert rows[0] == ["figure", "unit", "100 empresas", "1 empresa", "Baileys, 1 empresa"]
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {6}
    assert "| each empresa, freshly paired | MiB | 17.5 | 21.25 |  |" in text
    assert "| status requests | /s |  | 5,100 | 13,400 |" in text


def test_a_section_names_its_command_its_promises_its_notes_and_its_plot() -> None:
    text = markdown(_section(MADE_UP + BARS))
    assert text.startswith("### Memory\n\n`python -m x`. Two sentences. Made up.\n")
    assert "\n- Baileys, 1 empresa: measured elsewhere" in text
    assert "\n- each empresa, freshly paired, 100 empresas, ≤ 18 MiB: **held** (17.5)" in text
    assert "\n- each empresa, after a restart, 100 empresas, ≤ 18 MiB: not measured" in text
    assert text.endswith("![Memory](plots/memory.svg)")


def test_a_section_takes_the_place_of_its_own_former_and_of_nothing_else() -> None:
    page = f"# Benchmarks\n{BEGIN}{END}## Others\n"
    order = ["memory", "status"]
    page = replaced(page, [("status", "one"), ("memory", "two")], order)
    page = replaced(page, [("memory", "three")], order)
    assert page.startswith(f"# Benchmarks\n{BEGIN}<!-- section memory -->\nthree\n\n")
    assert page.endswith(f"<!-- section status -->\none\n{END}## Others\n")
    assert replaced(page, [("memory", "three")], order) == page


def test_a_page_without_the_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="the page needs the lines"):
        replaced("# Benchmarks\n", [("memory", "one")], [])


@pytest.mark.parametrize("figures", [MADE_UP, BARS], ids=["lines", "bars"])
def test_a_plot_is_an_svg_without_scripts_that_shows_each_figure(figures: list[Figure]) -> None:
    plot = svg("Made up", figures)
    root = ET.fromstring(plot)  # noqa: S314 - our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert not root.findall(".//{*}script")
    words = "".join(root.itertext())
    assert figures[0].name in words
    assert "processor while" not in words, "another unit is no line of it"


def test_a_plot_is_the_same_each_time() -> None:
    assert svg("Made up", MADE_UP) == svg("Made up", MADE_UP)


def test_a_share_of_the_processor_names_whose_and_when() -> None:
    assert shares("idle", {"bench": 0.12345}, 2) == [
        Figure("processor while idle: bench", 0.123, CORES, 2)
    ]


def test_the_promises_of_pairing_are_about_what_is_measured() -> None:
    counts = {gate.empresas for gate in gates(is_merging=False) if gate.measure == "pairing"}
    assert counts == {ALONE, AT_ONCE}


def test_who_has_a_core_to_itself_is_what_limits() -> None:
    assert "simulator" in limited_by(simulator=0.95, server=0.6, all_together=1.9)
    assert "server" in limited_by(simulator=0.5, server=0.9, all_together=1.9)
    assert "waiting" in limited_by(simulator=0.1, server=0.1, all_together=0.2)


def test_same_page_merging_is_put_back_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "KSM", tmp_path)
    monkeypatch.setattr(kernel, "merging_obstacle", lambda: None)
    run, pages = tmp_path / "run", tmp_path / "pages_to_scan"
    run.write_text("0\n")
    pages.write_text("100\n")
    with kernel.merging(wanted=True) as said:
        assert (said, run.read_text(), pages.read_text()) == ("on", "1", "1000")
    assert (run.read_text(), pages.read_text()) == ("0\n", "100\n")


def test_where_pages_are_not_merged_although_ksmd_is_on_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "KSM", tmp_path)
    monkeypatch.setattr(kernel, "merging_obstacle", lambda: "no right to it")
    for name in ("run", "pages_to_scan"):
        (tmp_path / name).write_text("0\n")
    with kernel.merging(wanted=True) as said:
        assert said == "not possible here: no right to it"
    assert (tmp_path / "run").read_text() == "0\n"


def test_where_same_page_merging_may_not_be_switched_on_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel, "KSM", tmp_path / "missing")
    with kernel.merging(wanted=True) as said:
        assert said.startswith("may not be switched on here")
