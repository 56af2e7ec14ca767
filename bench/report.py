"""What an empresa costs: memory, start, pairing, messages, requests; one command for all of it.

    python -m bench.report [--only memory,starting] [--counts 1,10,50,100,300] [--ksm]
                           [--peer baileys] [--seconds 60] [--docs docs]

Prints all figures as JSON, writes tables into DOCS/benchmarks.md and plots into DOCS/plots/.
Server, simulator and bench share the machine; what each takes of it stands beside each figure.
Ends with 1 if a promise (`bench/gates.py`) is missed or something could not be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import sys
import time
import traceback
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench import known
from bench.figures import OURS, Figure
from bench.gates import MISSED, Verdict, gates, judge
from bench.kernel import merging
from bench.measuring import MEASURES, PEER, SECONDS, Measure, our_server, peer_server
from bench.plots import svg
from bench.rendering import BEGIN, END, Section, markdown, replaced
from bench.stage import Plan


def main() -> int:
    """Measure, print, write; answers the exit code."""
    given = _arguments()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with merging(wanted=given.ksm) as ksm:
        plan = Plan(given.counts, given.seconds, our_server(is_merging=ksm == "on"))
        plan = replace(plan, is_merging=ksm == "on")
        figures, failures = _measured(plan, given.only, OURS)
        if given.peer:
            peer = replace(plan, make_server=peer_server(), is_ours=False)
            more, failed = _measured(peer, [n for n in given.only if n in PEER], known.BAILEYS)
            figures, failures = figures + more, failures | failed
    figures += known.missing(given.only, figures)
    wanted = [gate for gate in gates(is_merging=plan.is_merging) if gate.measure in given.only]
    verdicts = judge(wanted, figures)
    _write(given, plan, figures, verdicts)
    print(json.dumps(_report(given, ksm, figures, verdicts, failures), indent=2))
    is_missed = any(verdict.said == MISSED for verdict in verdicts)
    return 1 if is_missed or failures else 0


def _measured(plan: Plan, names: list[str], server: str) -> tuple[list[Figure], dict[str, str]]:
    """Each measure's figures, one after the other, and why a measure has none."""
    figures: list[Figure] = []
    failures: dict[str, str] = {}
    for name in names:
        try:
            found = asyncio.run(MEASURES[name].measure(plan))
        except Exception as error:  # noqa: BLE001 - the others go on
            failures[f"{server}: {name}"] = f"{type(error).__name__}: {error}"
            traceback.print_exc()
            continue
        figures += [replace(figure, measure=name, server=server) for figure in found]
        # Should a later one break off.
        print(json.dumps([asdict(figure) for figure in found]), file=sys.stderr, flush=True)
    return figures, failures


def _report(
    given: argparse.Namespace,
    ksm: str,
    figures: list[Figure],
    verdicts: list[Verdict],
    failures: dict[str, str],
) -> dict[str, Any]:
    return {
        "command": _command(given, given.only),
        "date": time.strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "same-page merging": ksm,
        "figures": [asdict(figure) for figure in figures],
        "gates": [
            {
                "measure": verdict.gate.measure,
                "figure": verdict.gate.figure,
                "empresas": verdict.gate.empresas,
                "promise": verdict.gate.sentence,
                "value": verdict.value,
                "said": verdict.said,
            }
            for verdict in verdicts
        ],
        "failures": failures,
    }


def _write(
    given: argparse.Namespace, plan: Plan, figures: list[Figure], verdicts: list[Verdict]
) -> None:
    """The page and the plots, of what was measured."""
    page, plots = given.docs / "benchmarks.md", given.docs / "plots"
    plots.mkdir(parents=True, exist_ok=True)
    sections = []
    for name in given.only:
        own = tuple(figure for figure in figures if figure.measure == name)
        if not any(figure.server == OURS for figure in own):
            continue
        key = f"{name}-merged" if plan.is_merging else name
        of_it = tuple(verdict for verdict in verdicts if verdict.gate.measure == name)
        section = _section(given, key, MEASURES[name], own, of_it)
        (plots / f"{key}.svg").write_bytes(svg(section.title, own))
        sections.append((key, markdown(section)))
    text = page.read_text() if page.exists() else BEGIN + END
    order = [key for name in MEASURES for key in (name, f"{name}-merged")]
    page.write_text(replaced(text, sections, order))


def _section(
    given: argparse.Namespace,
    key: str,
    measure: Measure,
    figures: tuple[Figure, ...],
    verdicts: tuple[Verdict, ...],
) -> Section:
    merged = key.endswith("-merged")
    title = f"{measure.title}, equal pages merged" if merged else measure.title
    when = f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores."
    if given.ksm and not merged:
        when += " Equal pages could not be merged here."
    about = f"{measure.about} {when}"
    command = _command(given, [figures[0].measure])
    return Section(key, title, command, about, figures, verdicts)


def _command(given: argparse.Namespace, only: list[str]) -> str:
    counts = ",".join(str(count) for count in given.counts)
    words = ["python -m bench.report", f"--only {','.join(only)}", f"--counts {counts}"]
    if given.seconds != SECONDS:
        words.append(f"--seconds {given.seconds:g}")
    words += ["--ksm"] if given.ksm else []
    words += [f"--peer {given.peer}"] if given.peer else []
    return " ".join(words)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.report")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--only", type=_names, default=list(MEASURES), help=", ".join(MEASURES))
    parser.add_argument("--counts", type=_counts, default=(1, 10, 50, 100, 300), help="empresas")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of idleness; others less")
    parser.add_argument("--ksm", action="store_true", help="switch same-page merging on meanwhile")
    parser.add_argument("--peer", choices=("baileys",), help="measure this server, too")
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="where page and plots go")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(MEASURES):
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: there are {', '.join(MEASURES)}")
    return [name for name in MEASURES if name in names]


def _counts(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(word) for word in text.split(",")))


if __name__ == "__main__":
    sys.exit(main())
