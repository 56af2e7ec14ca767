"""Bursts in which something is killed, locked or filled: nothing that reached us is lost.

Each kind a few times at random moments; `bench/storms.py` is the long form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from secrets import randbits
from subprocess import CalledProcessError
from typing import TypeAlias

import pytest

from tests.e2e.harm import DISKS, HARMS, WINDOW_KINDS, small_disk
from tests.e2e.server_process import ServerProcess
from tests.e2e.storm import LATEST, STILL_TO_COME, Outcome, Shop, Witness, calm, weather
from tests.simulator.real.simulator_process import SimulatorProcess

TIMES = 5
#: Storms that may come too late, with too few texts still to come, before the test gives up.
TRIES = 15

Storms: TypeAlias = Callable[[str], tuple[ServerProcess, Witness]]


@pytest.fixture(name="serving")
def _serving(tmp_path: Path, simulator: SimulatorProcess) -> Iterator[Storms]:
    with ExitStack() as held:

        def serving(kind: str) -> tuple[ServerProcess, Witness]:
            if kind in DISKS:
                held.enter_context(disk_or_skip(tmp_path / DISKS[kind]))
            witness = Witness(tmp_path / "witness")
            server = ServerProcess(tmp_path, simulator, **witness.environment())
            held.callback(server.stop)
            server.start()
            return server, witness

        yield serving


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", HARMS)
def test_in_a_storm_nothing_that_reached_a_handler_is_lost_or_doubled(
    serving: Storms, simulator: SimulatorProcess, kind: str
) -> None:
    server, witness = serving(kind)
    seed = randbits(32)
    print(f"seed {seed}")  # noqa: T201 - with it a run is repeated
    random = Random(seed)  # noqa: S311 - moments
    seconds = calm(Shop(server, simulator))
    outcomes: list[Outcome] = []
    for _ in range(TRIES):
        shop = Shop(server, simulator)
        outcome = weather(shop, HARMS[kind], random.uniform(0, LATEST * seconds), witness)
        shop.retire()
        print(outcome)  # noqa: T201 - a failed run is understood by the others
        assert outcome.promises_hold(), outcome
        if kind not in WINDOW_KINDS:
            assert outcome.lost == []
        if kind == "journal's disk full":
            assert outcome.states == ["reconnecting", "connected"]
        if outcome.still_to_come >= STILL_TO_COME:
            outcomes.append(outcome)
        if len(outcomes) == TIMES:
            break
    assert len(outcomes) == TIMES, "the storms came too late"
    print("in the window:", [outcome.lost for outcome in outcomes])  # noqa: T201 - to be seen


@contextmanager
def disk_or_skip(folder: Path) -> Iterator[None]:
    """A small disk of its own, where this user may mount one."""
    with ExitStack() as held:
        try:
            held.enter_context(small_disk(folder))
        except (CalledProcessError, FileNotFoundError):
            pytest.skip("a small disk can be mounted by root alone: run the tests as root")
        yield
