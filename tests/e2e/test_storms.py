"""Bursts in which something is killed, locked or filled: nothing that reached us is lost.

Each kind a few times at random moments; `bench/storms.py` is the long form.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from secrets import randbits
from typing import TypeAlias

import pytest

from tests.e2e.harm import HARMS, WINDOW_KINDS, disk_for
from tests.e2e.server_process import ServerProcess
from tests.e2e.small_disk import NoSmallDiskError, SmallDisk
from tests.e2e.storm import LATEST, STILL_TO_COME, Outcome, Shop, Witness, calm, weather
from tests.simulator.real.simulator_process import SimulatorProcess

TIMES = 3
#: Storms that may come too late, with too few texts still to come, before the test gives up.
TRIES = 10

Storms: TypeAlias = Callable[[str], tuple[ServerProcess, Witness]]


@pytest.fixture(name="serving")
def _serving(tmp_path: Path, simulator: SimulatorProcess) -> Iterator[Storms]:
    with ExitStack() as held:

        def serving(kind: str) -> tuple[ServerProcess, Witness]:
            disk = disk_or_skip(kind, tmp_path)
            witness = Witness(tmp_path / "witness")
            server = ServerProcess(tmp_path, simulator, disk, **witness.environment())
            held.callback(server.close)
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


def disk_or_skip(kind: str, folder: Path) -> SmallDisk | None:
    """As `disk_for`; in CI nothing is skipped."""
    try:
        return disk_for(kind, folder)
    except NoSmallDiskError:
        reason = "no small disk can be mounted: run as root, or allow user namespaces"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
