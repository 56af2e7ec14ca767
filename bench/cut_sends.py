"""Sends that are cut off, the long form: at each step, so often, of each victim.

    python -m bench.cut_sends [--count 15] [--seed N] [--step STEP] [--markdown docs/cut_sends.md]

The real neonize against the simulator: each time texts to two customers, by a client that says each
again under its `Idempotency-Key` until it has an answer, and a -9 of the worker or of the server
at one step of one of them. Prints a line for each on stderr and the report as JSON on stdout. Ends
with 1 if a text was lost, doubled, out of order or not settled, or unconfirmed outside the
library's call.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from random import Random
from secrets import randbits
from typing import Any

from bench.rendering import cell, grid
from tests.e2e.cut_send import IN_THE_CALL, SETTLING, STEPS, TEXTS, VICTIMS, Cut, Scissors, play
from tests.e2e.server_process import ServerProcess
from tests.e2e.storm import Shop
from tests.simulator.real.simulator_process import SimulatorProcess


def cuts(step: str, victim: str, count: int, random: Random) -> list[Cut]:
    """So many, each in a shop of its own."""
    found = []
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        simulator = SimulatorProcess(folder / "whatsapp")
        held.callback(simulator.close)
        scissors = Scissors(folder / "cut")
        server = ServerProcess(folder, simulator, None, **scissors.environment())
        held.callback(server.close)
        server.start()
        for _ in range(count):
            shop = Shop(server, simulator)
            found.append(play(shop, scissors, step, victim, random))
            shop.retire()
            _say(found[-1])
    return found


def _say(cut: Cut) -> None:
    held = "held" if cut.promises_hold() else f"BROKEN {cut}"
    what = (
        f"{cut.victim} killed, {cut.step}: {cut.delivered} of {cut.texts} delivered, "
        f"{len(cut.unconfirmed)} unconfirmed, {len(cut.in_window)} with a receipt in the window, "
        f"settled in {cut.seconds:.1f} s, {held}"
    )
    print(what, file=sys.stderr, flush=True)


def summary(found: list[Cut]) -> dict[str, Any]:
    """The figures of one step and victim."""
    return {
        "step": found[0].step,
        "killed": found[0].victim,
        "kills": len(found),
        "texts": sum(cut.texts for cut in found),
        "there once": sum(cut.delivered for cut in found),
        "unconfirmed": sum(len(cut.unconfirmed) for cut in found),
        "lost": sum(len(cut.lost) for cut in found),
        "doubled": sum(len(cut.doubled) for cut in found),
        "there, receipt in the window": sum(len(cut.in_window) for cut in found),
        "there, and not said so": sum(len(cut.unsettled) for cut in found),
        "sent anew under the same key": sum(len(cut.anew) for cut in found),
        "out of order": sum(not cut.is_in_order for cut in found),
        "settled, s, worst": round(max(cut.seconds for cut in found), 1),
        "holds": all(cut.promises_hold() for cut in found),
    }


def markdown(report: dict[str, Any]) -> str:
    """The report as a page."""
    rows = report["rows"]
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([cell(row[name]) for name in names] for row in rows)]
    kills = sum(row["kills"] for row in rows)
    return (
        f"# Sends that are cut off\n\nPrinted by `{report['command']}` on {report['date']}, in "
        f"{report['minutes']} minutes, with the real neonize against the simulator. Each of the "
        f"{kills} kills (-9) comes while a client sends {2 * TEXTS} texts to two customers, and "
        "says each again under its `Idempotency-Key` until it has an answer; in the end it says "
        "all of them once more. The steps are those of one send: being accepted; in the queue; "
        "just before the library's call; at a random moment in it; while WhatsApp has the message "
        "and does not answer; just after the answer; just after the answer is in the journal. "
        f"*Unconfirmed* may be what was cut {', '.join(sorted(IN_THE_CALL))}: the library had "
        "written down that it sends it, and WhatsApp never got it, which nobody here can know; "
        f"what WhatsApp got is settled by its receipt within {SETTLING:.0f} s of the next "
        "connection, unless that receipt fell in the library's window (docs/durability.md): then "
        f"the text stays without one.\n\n{grid(lines)}\n"
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.cut_sends")
    parser.add_argument("--count", type=int, default=15, help="kills of each victim at each step")
    parser.add_argument("--seed", type=int, default=randbits(32), help="of the moments")
    parser.add_argument("--step", choices=STEPS, action="append", help="this step alone")
    parser.add_argument("--markdown", type=Path, help="write the report as a page, too")
    given = parser.parse_args()
    begun, random = time.monotonic(), Random(given.seed)  # noqa: S311 - moments
    rows = [
        summary(cuts(step, victim, given.count, random))
        for step, victim in product(given.step or STEPS, VICTIMS)
    ]
    report = {
        "command": f"python -m bench.cut_sends --count {given.count} --seed {given.seed}",
        "date": time.strftime("%Y-%m-%d"),
        "minutes": round((time.monotonic() - begun) / 60),
        "rows": rows,
    }
    print(json.dumps(report, indent=2))
    if given.markdown:
        given.markdown.write_text(markdown(report))
    sys.exit(0 if all(row["holds"] for row in rows) else 1)


if __name__ == "__main__":
    main()
