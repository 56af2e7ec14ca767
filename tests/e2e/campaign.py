"""One trouble in one state of a session: what is shown, how soon, and what is lost or disturbed."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from tests.e2e.neighbours import LATE, Neighbours, Peace
from tests.e2e.server_process import Frame, ServerProcess
from tests.e2e.storm import WITNESS
from tests.e2e.troubles import PAIRING, RESTING, Trouble
from tests.e2e.victim import Victim
from tests.simulator.real.simulator_process import RefusedError, SimulatorProcess
from tests.simulator.real.waiting import wait_until

#: Seconds within which a shop is well again once the trouble is over (a link: 45), and at ease.
HEALING = 60.0
#: Seconds that a trouble lasts after it has shown, or until something that shows not is past.
AFTERWARDS = 1.0
#: Seconds between two breaks of a shop that flaps.
FLAP_SECONDS = 0.5


@dataclass
class Finding:
    """A row of the report."""

    trouble: str
    state: str
    shown: list[str] = field(default_factory=list)
    """`state/reason` of each status on the way, from the first that the trouble caused."""
    sentence: str = ""
    """What the shop read first."""
    noticed: float | None = None
    """Seconds from the trouble to its status; None: there was nothing to see."""
    healed: float | None = None
    """Seconds from the trouble's end to connected; None: it ended in a state for good."""
    ended: str = ""
    lost: int = 0
    doubled: int = 0
    peace: Peace = field(default_factory=Peace)
    wrong: list[str] = field(default_factory=list)
    """What must not be; empty is what is wished."""
    late_before: list[str] = field(default_factory=list)
    """What was wrong as the row was first played: the neighbours' texts were late, nothing else."""

    @property
    def is_late_alone(self) -> bool:
        """Whether nothing is wrong but that the neighbours' texts were late."""
        return bool(self.wrong) and all(each.startswith(LATE) for each in self.wrong)

    @property
    def is_in_doubt(self) -> bool:
        """Whether anything is wrong, or the neighbours heard nothing at all."""
        return bool(self.wrong) or not self.peace.p99 or not self.peace.sent_p99


@dataclass
class Scene:
    """What a campaign plays on."""

    server: ServerProcess
    simulator: SimulatorProcess
    neighbours: Neighbours
    calm: Peace | None
    """How the neighbours fare in peace, to compare; None: time does not count."""
    texts: int
    """To the neighbours in each row, at least."""

    def play(self, trouble: Trouble, state: str) -> Finding:
        """One row."""
        with self.neighbours.living(self.texts) as peace:
            finding = self.suffer(trouble, state)
        finding.peace = peace
        if not trouble.is_everybodys:
            finding.wrong += peace.disturbances(self.calm)
        return finding

    def flap(self, count: int, seconds: float) -> Finding:
        """So many shops at once whose links and workers are broken again and again."""
        finding = Finding("shops flap", "connected")
        victims = [Victim(self.server, self.simulator, "connected") for _ in range(count)]
        over = time.monotonic() + seconds
        with self.neighbours.living(self.texts) as peace:
            while time.monotonic() < over:
                workers = self.server.workers()
                for place, victim in enumerate(victims):
                    if place % 2:
                        self.simulator.post("/drop", number=victim.number, how="rst")
                    elif victim.empresa_id in workers:
                        with suppress(ProcessLookupError):
                            os.kill(workers[victim.empresa_id], signal.SIGKILL)
                Event().wait(FLAP_SECONDS)
        finding.shown = sorted({victim.status()["state"] for victim in victims})
        for victim in victims:
            self.server.post(f"/api/bot/restart/{victim.empresa_id}")
        ended = time.monotonic()
        try:
            wait_until(lambda: all(v.is_in("connected") for v in victims), HEALING)
            finding.healed = round(time.monotonic() - ended, 2)
        except TimeoutError as error:
            finding.wrong.append(str(error))
        for victim in victims:
            victim.close()
        finding.peace = peace
        finding.wrong += peace.disturbances(self.calm)
        return finding

    def suffer(self, trouble: Trouble, state: str) -> Finding:
        """The same, whatever the neighbours do."""
        finding = Finding(trouble.name, state)
        victim = Victim(self.server, self.simulator, state)
        try:
            _suffer(victim, trouble, finding)
        except (AssertionError, TimeoutError, RefusedError) as error:
            finding.wrong.append(f"{type(error).__name__}: {error}"[:300])
        finally:
            if state == "reconnecting":
                self.simulator.delete("/faults?kind=refuse")
            victim.close()
        return finding


def _suffer(victim: Victim, trouble: Trouble, finding: Finding) -> None:
    is_live = victim.state not in (*PAIRING, "logged_out")
    if is_live:
        victim.hears_a_text()
    struck = time.monotonic()
    with trouble.strike(victim):
        if is_live and trouble.name != "removed on the phone":
            victim.hears_a_text()
        victim.proceeds()
        _watch(victim, trouble, struck, finding)
    over = time.monotonic()
    _settle(victim, trouble, struck, over, finding)
    _count(victim, trouble, finding)


def _watch(victim: Victim, trouble: Trouble, struck: float, finding: Finding) -> None:
    """Wait for the first status that the trouble causes."""
    is_pairing = victim.state in PAIRING

    def shown() -> list[tuple[float, Frame]]:
        found, normal = [], {victim.state, "connected"}
        for at, data in victim.statuses(struck):
            if data["state"] == "connected":
                normal = {"connected"}
            if data["state"] not in normal or (is_pairing and data["reason"]):
                found.append((at, data))
        return found

    with suppress(TimeoutError):
        seconds = AFTERWARDS if victim.state in RESTING else trouble.seconds
        wait_until(shown, seconds)
    found = shown()
    if found:
        finding.noticed = round(found[0][0] - struck, 2)
        finding.sentence = found[0][1]["message"]
    lasts = AFTERWARDS if victim.state in RESTING else trouble.lasts
    Event().wait(max(AFTERWARDS, struck + lasts - time.monotonic()))


def _settle(victim: Victim, trouble: Trouble, struck: float, over: float, finding: Finding) -> None:
    """It heals by itself, or stands in an end state; from there the shop's wish helps."""
    may_end = {*trouble.end, *(PAIRING if victim.state in PAIRING else ())}
    if victim.state in RESTING:
        may_end.add(victim.state)
    elif victim.state in PAIRING:
        may_end.add("stopped")
    wait_until(lambda: victim.is_in("connected", *may_end), HEALING)
    status = victim.status()
    if status["state"] == "connected":
        # The answer may be there before the event, which is what is timed.
        wait_until(lambda: _has_told_connected(victim, struck))
    told = [data for _, data in victim.statuses(struck)]
    finding.shown = [f"{d['state']}/{d['reason']}" if d["reason"] else d["state"] for d in told]
    may_pair = not victim.is_linked or victim.state in RESTING
    if not may_pair and any(data["state"] in PAIRING for data in told):
        finding.wrong.append("a QR that nobody wished")
    if status["state"] == "connected":
        finding.healed = _healed(victim, struck, over)
    else:
        finding.ended = status["state"]
        if not status["message"]:
            finding.wrong.append("an end without a sentence")
        _revive(victim, trouble, finding)


def _has_told_connected(victim: Victim, struck: float) -> bool:
    told = victim.statuses(struck)
    return told[-1][1]["state"] == "connected" if told else victim.state == "connected"


def _healed(victim: Victim, struck: float, over: float) -> float:
    """Seconds after the trouble; 0 where it was well again before."""
    told = victim.statuses(struck)
    at = next((at for at, data in reversed(told) if data["state"] == "connected"), over)
    return round(max(0.0, at - over), 2)


def _revive(victim: Victim, trouble: Trouble, finding: Finding) -> None:
    """The shop's own way out of where it stands."""
    if finding.ended in PAIRING:
        victim.scans()
    elif finding.ended == "logged_out" or not victim.is_linked:
        victim.links_again()
    else:
        victim.connects()
        wait_until(lambda: victim.is_in("connected", *trouble.end), HEALING)
        if victim.is_in("logged_out"):
            # Who was not connected hears of it only now.
            finding.ended, finding.sentence = "logged_out", victim.status()["message"]
            victim.links_again()
    wait_until(lambda: victim.is_in("connected"), HEALING)


def _count(victim: Victim, trouble: Trouble, finding: Finding) -> None:
    """Whatever was said while the shop was linked is in the ledger once."""
    victim.hears_a_text()
    counted = victim.said[-1:] if finding.ended == "logged_out" else victim.said
    if not trouble.spoils:
        victim.has_all(counted, HEALING)
    victim.has_all(victim.said[-1:], HEALING)
    got = Counter(victim.ledger_texts())
    finding.lost = len(set(counted) - got.keys()) - trouble.spoils
    finding.doubled = sum(times - 1 for times in got.values())
    if finding.lost and not trouble.is_kill:
        finding.wrong.append(f"{finding.lost} lost")
    if finding.doubled:
        finding.wrong.append(f"{finding.doubled} doubled")


@contextmanager
def stage(folder: Path, count: int, rate: float, texts: int) -> Iterator[Scene]:
    """A server whose workers can be told to spin, and neighbours that have had first texts."""
    simulator = SimulatorProcess(folder / "whatsapp")
    server = ServerProcess(folder, simulator, PYTHONPATH=str(WITNESS), WORKERS_SPIN_AT_SIGUSR1="1")
    try:
        server.start()
        neighbours = Neighbours(server, simulator, count, rate)
        try:
            with neighbours.living(texts):
                pass
            yield Scene(server, simulator, neighbours, None, texts)
        finally:
            neighbours.close()
    finally:
        server.close()
        simulator.close()
