"""Storms, the long form: each kind so often at random moments, with the real neonize.

    python -m bench.storms [--count 100] [--seed N] [--kind KIND] [--markdown docs/storms.md]

Prints a line for each storm on stderr and the report as JSON on stdout. Ends with 1 if anything
that reached a handler was lost, doubled or out of order, or if more fell in the window than may.
Needs root or user namespaces, for the small disks that are filled. Without them a limit stands for
the database's disk (`tests/e2e/harm.py`), and the journal's kind cannot be run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from secrets import randbits
from typing import Any

from bench.rendering import cell, grid
from tests.e2e.harm import HARMS, WINDOW_KINDS, disk_for
from tests.e2e.server_process import ServerProcess
from tests.e2e.storm import BURST, LATEST, STILL_TO_COME, Outcome, Shop, Witness, calm, weather
from tests.simulator.real.simulator_process import SimulatorProcess

#: At most one text in so many may fall in the window, over all storms of a kind.
ONE_IN = 200
#: Storms of one server, before it, its simulator and their files are made anew. On a small disk
#: of credentials there is room for few shops.
A_SERVER = 20
A_SMALL_DISK = 4


def storms(kind: str, count: int, random: Random) -> list[Outcome]:
    """So many storms whose harm came in time; those that came too late are in it besides."""
    outcomes: list[Outcome] = []
    while (done := _in_time(outcomes)) < count:
        with _server(kind) as (server, simulator, witness):
            seconds = calm(Shop(server, simulator))
            most = A_SMALL_DISK if kind == "journal's disk full" else A_SERVER
            for _ in range(min(most, count - done)):
                shop = Shop(server, simulator)
                moment = random.uniform(0, LATEST * seconds)
                outcomes.append(weather(shop, HARMS[kind], moment, witness))
                shop.retire()
                _say(kind, len(outcomes), outcomes[-1])
    return outcomes


@contextmanager
def _server(kind: str) -> Iterator[tuple[ServerProcess, SimulatorProcess, Witness]]:
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        simulator = SimulatorProcess(folder / "whatsapp")
        held.callback(simulator.close)
        witness = Witness(folder / "witness")
        disk = disk_for(kind, folder)
        server = ServerProcess(folder, simulator, disk, **witness.environment())
        held.callback(server.close)
        server.start()
        yield server, simulator, witness


def _in_time(outcomes: list[Outcome]) -> int:
    return sum(outcome.still_to_come >= STILL_TO_COME for outcome in outcomes)


def _say(kind: str, number: int, outcome: Outcome) -> None:
    held = "held" if outcome.promises_hold() else f"BROKEN {outcome}"
    what = (
        f"{kind} {number}: at {outcome.moment:.3f} s, {outcome.still_to_come} still to come, "
        f"{len(outcome.lost)} in the window, caught up in {outcome.seconds:.1f} s, {held}"
    )
    print(what, file=sys.stderr, flush=True)


def summary(kind: str, outcomes: list[Outcome]) -> dict[str, Any]:
    """The figures of one kind."""
    counted = [outcome for outcome in outcomes if outcome.still_to_come >= STILL_TO_COME]
    texts = BURST * len(outcomes)
    lost = sum(len(outcome.lost) for outcome in outcomes)
    caught_up = sorted(outcome.seconds for outcome in outcomes)
    return {
        "kind": kind,
        "storms": len(counted),
        "storms that came too late, besides": len(outcomes) - len(counted),
        "texts": texts,
        "reached the journal and were lost": sum(len(o.left_and_lost) for o in outcomes),
        "doubled": sum(len(o.doubled) for o in outcomes),
        "storms out of order": sum(not o.is_in_order for o in outcomes),
        "storms with a gap or repeat on the WebSocket": sum(
            not o.is_on_websocket for o in outcomes
        ),
        "in the window": lost,
        "of these, with a handler that had begun": sum(len(o.entered_and_lost) for o in outcomes),
        "storms in which any fell in the window": sum(bool(o.lost) for o in outcomes),
        "worst storm's": max(len(o.lost) for o in outcomes),
        "in the window, one text in": round(texts / lost) if lost else None,
        "caught up, s, median": round(caught_up[len(caught_up) // 2], 2),
        "caught up, s, worst": round(caught_up[-1], 2),
        "holds": all(o.promises_hold() for o in outcomes)
        and lost * ONE_IN <= (texts if kind in WINDOW_KINDS else 0),
    }


def markdown(report: dict[str, Any]) -> str:
    """The report as a page."""
    kinds = report["kinds"]
    names = [name for name in kinds[0] if name != "kind"]
    rows = [["", *(kind["kind"] for kind in kinds)], ["---"] * (len(kinds) + 1)]
    rows += [[name, *(cell(kind[name]) for kind in kinds)] for name in names]
    return (
        f"# Storms\n\nPrinted by `{report['command']}` on {report['date']}, in "
        f"{report['minutes']} minutes. Each storm is a burst of {BURST} texts to one empresa, "
        "with the real neonize against the simulator; at a random moment something is killed, "
        f"locked or filled, and counts if at least {STILL_TO_COME} texts were not acknowledged "
        "then. What *fell in the window* is what WhatsApp was told that we have and no handler of "
        "ours had finished with when its process was killed: `docs/durability.md` says why it is "
        f"not none.\n\n{grid(rows)}\n"
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.storms")
    parser.add_argument("--count", type=int, default=100, help="storms of each kind")
    parser.add_argument("--seed", type=int, default=randbits(32), help="of the moments")
    parser.add_argument("--kind", choices=sorted(HARMS), action="append", help="this kind alone")
    parser.add_argument("--markdown", type=Path, help="write the report as a page, too")
    arguments = parser.parse_args()
    begun, random = time.monotonic(), Random(arguments.seed)  # noqa: S311 - moments
    kinds = arguments.kind or list(HARMS)
    found = []
    for kind in kinds:
        found.append(summary(kind, storms(kind, arguments.count, random)))
        print(json.dumps(found[-1]), file=sys.stderr, flush=True)  # should a later one break off
    report = {
        "command": f"python -m bench.storms --count {arguments.count} --seed {arguments.seed}",
        "date": time.strftime("%Y-%m-%d"),
        "minutes": round((time.monotonic() - begun) / 60),
        "kinds": found,
    }
    print(json.dumps(report, indent=2))
    if arguments.markdown:
        arguments.markdown.write_text(markdown(report))
    sys.exit(0 if all(kind["holds"] for kind in found) else 1)


if __name__ == "__main__":
    main()
