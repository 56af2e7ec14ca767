"""A soak: faults at random for half an hour, and whether anything grows.

    python -m bench.soak [--minutes 30] [--neighbours 20] [--victims 10] [--markdown PAGE]

The real neonize against the simulator. The victims' clients and links are killed, stopped, cut and
refused at random moments, and the process that forks them every four minutes; the neighbours get
texts all the time. Memory (PSS), threads, file descriptors, processes and zombies of the server
with all that it has started are sampled; of the last two thirds a line is fitted through the
medians of 20 equal spans, with the 95 % confidence interval of its slope. What grows below its
limit (`MEMORY_SLOPE`, `PAGE_CACHES`) is not said to grow. Ends with 1 if one of
them grows, a text was lost or doubled, or a victim is not connected again in the end.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from secrets import randbits
from threading import Event, Thread
from typing import Any

import psutil

from tests.e2e.neighbours import Neighbours
from tests.e2e.server_process import ServerProcess
from tests.e2e.troubles import Trouble, fault, signalled
from tests.e2e.victim import Victim
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

SAMPLE_SECONDS = 5.0
SPANS = 20
#: Student's t, 97.5 %, for the 18 degrees of freedom of 20 points.
T = 2.101
#: Memory may grow so much a minute, in MiB, for the server with all its workers.
MEMORY_SLOPE = 0.1
#: The server without its workers may grow, in MiB, by what SQLite keeps of the database: three
#: connections, each with up to 2 MiB of pages (`cache_size`), which fill as it grows.
PAGE_CACHES = 6.0
ALONE = "memory of the server alone, MiB"
#: Texts a second to all neighbours together.
RATE = 20.0
MIB = 1024 * 1024

TROUBLES = (
    Trouble("worker killed", signalled(signal.SIGKILL), 0.0),
    Trouble("worker stopped", signalled(signal.SIGSTOP), 0.0),
    Trouble("connection ends (FIN)", fault("drop", how="fin", times=1), 1.0),
    Trouble("connection ends (RST)", fault("drop", how="rst", times=1), 1.0),
    Trouble("WhatsApp says nothing more", fault("unanswered"), 20.0),
    Trouble("no packet gets through", fault("blackhole"), 20.0),
    Trouble("login refused: 503", fault("failure", is_dialled=True, reason=503), 5.0),
    Trouble("WhatsApp ends the stream: 503", fault("stream-error", code=503, times=1), 1.0),
    Trouble("a text that never heals", fault("undecryptable", heals=False, times=1), 1.0),
)
FORKSERVER = Trouble("forkserver killed", signalled(signal.SIGKILL, of_forkserver=True), 10.0)
#: Minutes between two kills of the forkserver. By the clock, as all workers begin anew with it:
#: each takes a second connection to its store, and some memory, as soon as it needs them, so that
#: a kill more at the beginning than at the end would look like growth.
FORKSERVER_MINUTES = 4.0


@dataclass
class Samples:
    """What was seen of the server and all that it has started, by name."""

    at: list[float] = field(default_factory=list)
    """Minutes from the beginning."""
    seen: dict[str, list[float]] = field(default_factory=dict)

    def take(self, server: ServerProcess, minutes: float) -> None:
        """One look."""
        root = psutil.Process(server.pid)
        found: Counter[str] = Counter()
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.Error, OSError):
                if process.status() == psutil.STATUS_ZOMBIE:
                    found["zombies"] += 1
                    continue
                found["memory, MiB"] += process.memory_full_info().pss / MIB  # type: ignore[assignment]
                found["threads"] += process.num_threads()
                found["file descriptors"] += process.num_fds()
                found["processes"] += 1
        with suppress(psutil.Error):
            found["threads of the server alone"] = root.num_threads()
            found["file descriptors of the server alone"] = root.num_fds()
            found[ALONE] = root.memory_full_info().pss / MIB  # type: ignore[assignment]
        known = server.get("/api/bot/sessions").json()["sessions"]
        found["empresas not connected"] = sum(not session["connected"] for session in known)
        found["connected without a client"] = _without_client(server, known)
        found["zombies"] += 0
        self.at.append(minutes)
        for name, value in found.items():
            self.seen.setdefault(name, []).append(float(value))

    def slopes(self) -> dict[str, dict[str, Any]]:
        """Of each, a minute, over the last two thirds: the slope and half its interval."""
        return {name: self._slope(name) for name in self.seen}

    def _slope(self, name: str) -> dict[str, Any]:
        x, y = self._medians(name)
        slope, intercept = statistics.linear_regression(x, y)
        residual = sum((v - intercept - slope * at) ** 2 for at, v in zip(x, y, strict=True))
        spread = sum((at - statistics.mean(x)) ** 2 for at in x)
        half = T * (residual / (len(x) - 2) / spread) ** 0.5
        limits = {"memory, MiB": MEMORY_SLOPE, ALONE: PAGE_CACHES / (x[-1] - x[0])}
        limit = limits.get(name, 0.0)
        grows = slope - half > 0 and slope >= limit
        return {
            "median": round(statistics.median(y), 2),
            "slope a minute": round(slope, 4),
            "interval, plus or minus": round(half, 4),
            "grows": grows,
            "medians": [round(value, 2) for value in y],
        }

    def _medians(self, name: str) -> tuple[list[float], list[float]]:
        """Of each span its middle, in minutes, and the median in it."""
        start = self.at[-1] / 3
        points = [(at, v) for at, v in zip(self.at, self.seen[name], strict=True) if at >= start]
        size = max(1, len(points) // SPANS)
        spans = [points[place : place + size] for place in range(0, size * SPANS, size)]
        x = [statistics.mean(at for at, _ in span) for span in spans if span]
        return x, [statistics.median(value for _, value in span) for span in spans if span]


def _without_client(server: ServerProcess, known: list[dict[str, Any]]) -> int:
    """How many were said to be connected although their process was, and is, not there."""
    sessions = {
        actor["empresaId"]: actor
        for actor in server.get("/api/admin/actors").json()["actors"]
        if actor["class"] == "SessionActor"
    }
    return sum(
        session["connected"] and not _has_client(sessions.get(session["empresaId"]))
        for session in known
    )


def _has_client(actor: dict[str, Any] | None) -> bool:
    """Also where it is no longer connected: what was said before need not hold now."""
    if actor is None:
        return False
    worker = actor["worker"]
    has_process = worker is not None and psutil.pid_exists(worker["pid"])
    return has_process or actor["state"] != "connected"


class Torment(Thread):
    """Does things to the victims, one after the other, until it is told to end."""

    def __init__(self, victims: list[Victim], random: Random) -> None:
        super().__init__()
        self._victims = victims
        self._random = random
        self.done = Event()
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        """On its own thread."""
        renewal = FORKSERVER_MINUTES * 60
        due = time.monotonic() + renewal / 2
        while not self.done.is_set():
            victim = self._random.choice(self._victims)
            trouble = self._random.choice(TROUBLES)
            if time.monotonic() >= due:
                trouble, due = FORKSERVER, due + renewal
            self.counts[trouble.name] += 1
            # A worker that is gone already, and the like.
            with suppress(Exception), trouble.strike(victim):
                self.done.wait(trouble.seconds)
            self.done.wait(self._random.uniform(0, 3))


def soak(
    server: ServerProcess, simulator: SimulatorProcess, given: argparse.Namespace
) -> dict[str, Any]:
    """Run it; the report."""
    neighbours = Neighbours(server, simulator, given.neighbours, RATE)
    victims = [Victim(server, simulator, "connected") for _ in range(given.victims)]
    samples, torment = Samples(), Torment(victims, Random(given.seed))  # noqa: S311 - moments
    begun = time.monotonic()
    torment.start()
    try:
        with neighbours.living(0) as peace:
            while (minutes := (time.monotonic() - begun) / 60) < given.minutes:
                samples.take(server, minutes)
                Event().wait(SAMPLE_SECONDS)
    finally:
        torment.done.set()
        torment.join()
        simulator.delete("/faults")
    with suppress(TimeoutError):
        wait_until(lambda: not _lost(victims))
    lost, actors = _lost(victims), server.get("/api/admin/actors").json()
    for browser in (victim.browser for victim in victims):
        browser.close()
    neighbours.close()
    return {
        "command": f"python -m bench.soak --minutes {given.minutes} --seed {given.seed}",
        "date": time.strftime("%Y-%m-%d"),
        "troubles": dict(torment.counts.most_common()),
        "neighbours": {
            "texts": peace.texts,
            "sent": peace.sent,
            "missing": peace.missing,
            "doubled": peace.doubled,
            "refused": peace.refused,
            "p99, ms": round(1000 * peace.p99, 1),
            "p99 of sending, ms": round(1000 * peace.sent_p99, 1),
        },
        "victims that did not come back": lost,
        "the log on them": [
            line
            for line in server.log.read_text().splitlines()
            if any(f"[empresa {empresa_id}]" in line for empresa_id in lost)
        ],
        "slopes": samples.slopes(),
        "abandoned threads": actors["abandoned"],
        "dead letters": sum(letter["count"] for letter in actors["deadLetters"]),
    }


def _lost(victims: list[Victim]) -> dict[int, dict[str, Any]]:
    """The statuses of those that are not connected, by empresa."""
    known = victims[0].server.get("/api/bot/sessions").json()["sessions"]
    mine = {victim.empresa_id for victim in victims}
    return {s["empresaId"]: s for s in known if s["empresaId"] in mine and not s["connected"]}


def markdown(report: dict[str, Any]) -> str:
    """The report as a page."""
    rows = "\n".join(
        f"| {name} | {s['median']} | {s['slope a minute']} | ± {s['interval, plus or minus']} | "
        f"{'**yes**' if s['grows'] else 'no'} |"
        for name, s in report["slopes"].items()
    )
    heard = report["neighbours"]
    troubles = ", ".join(f"{name} {count}" for name, count in report["troubles"].items())
    return (
        f"# Soak\n\nPrinted by `{report['command']}` on {report['date']}, with the real neonize "
        f"against the simulator. Troubles at random: {troubles}. The neighbours were told "
        f"{heard['texts']} texts and sent {heard['sent']}, of which {heard['missing']} are "
        f"missing and {heard['doubled']} doubled. Victims not connected again "
        f"in the end: {len(report['victims that did not come back'])}. Threads given up: "
        f"{len(report['abandoned threads'])}.\n\n"
        "| of the server with all that it has started | median | slope, a minute | 95 % | grows |\n"
        f"|---|---|---|---|---|\n{rows}\n"
    )


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.soak")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--neighbours", type=int, default=20)
    parser.add_argument("--victims", type=int, default=10)
    parser.add_argument("--seed", type=int, default=randbits(32), help="of the troubles")
    parser.add_argument("--markdown", type=Path, help="write the report as a page, too")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        simulator = SimulatorProcess(folder / "whatsapp")
        server = ServerProcess(folder, simulator)
        try:
            server.start()
            report = soak(server, simulator, given)
        finally:
            server.close()
            simulator.close()
    print(json.dumps(report, indent=2))
    if given.markdown:
        given.markdown.write_text(markdown(report))
    harmed = (
        report["neighbours"]["missing"],
        report["neighbours"]["doubled"],
        report["neighbours"]["refused"],
        report["victims that did not come back"],
    )
    sys.exit(1 if any(harmed) or any(slope["grows"] for slope in report["slopes"].values()) else 0)


if __name__ == "__main__":
    main()
