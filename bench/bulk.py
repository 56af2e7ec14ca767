"""1,000 first contacts of one empresa, and a salesperson's answers in their middle.

`python -m bench.bulk` (`--contacts`, `--per-minute`, `--answers`). With the real neonize and the
simulator. Prints markdown, and ends with 1 if something promised is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.browser import Browser
from tests.e2e.many import Played, contact, play, texts_of
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

#: Seconds in which an answer is to be out, whatever waits.
ANSWER_SECONDS = 2.0
#: How far from the pace that was set the measured one may be; each gap is of chance.
TOLERANCE = 0.1


@contextmanager
def stage() -> Iterator[tuple[ServerProcess, SimulatorProcess, Browser]]:
    """A fresh server with one empresa's browser."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulator = SimulatorProcess(folder / "whatsapp")
        server = ServerProcess(folder, simulator)
        try:
            server.start()
            browser = Browser(server, 1)
            try:
                yield server, simulator, browser
            finally:
                browser.close()
        finally:
            server.close()
            simulator.close()


def told(played: Played, once: int) -> tuple[str, bool]:
    """The report, and whether all is as promised."""
    worst, total = max(played.answers), played.job["total"]
    is_on_pace = abs(played.measured / played.per_minute - 1) <= TOLERANCE
    answers = ", ".join(f"{1000 * each:.0f}" for each in played.answers)
    lines = [
        "| | wanted | measured |",
        "|---|---|---|",
        f"| answers, from POST to phone, ms | < {1000 * ANSWER_SECONDS:.0f} | {answers} |",
        f"| pace of the job, contacts a minute | {played.per_minute:.0f} | {played.measured:.1f} |",
        f"| phones that got it, once | {total} | {once} |",
    ]
    return "\n".join(lines), worst < ANSWER_SECONDS and is_on_pace and once == total


def main() -> int:
    """Play it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1000)
    parser.add_argument("--per-minute", type=float, default=300.0)
    parser.add_argument("--answers", type=int, default=9)
    arguments = parser.parse_args()
    with stage() as (server, simulator, browser):
        played = play(
            server,
            simulator,
            browser,
            arguments.contacts,
            arguments.answers,
            perMinute=arguments.per_minute,
            jitter=0.5,
            jobShare=1,
        )
        numbers = map(contact, range(arguments.contacts))
        once = sum(len(texts_of(simulator, each)) == 1 for each in numbers)
    report, is_good = told(played, once)
    sys.stdout.write(report + "\n")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
