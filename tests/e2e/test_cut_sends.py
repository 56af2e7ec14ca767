"""Sends that a -9 cuts off: the customer has each text once and in order, or nobody claims so.

Some steps, each once; `bench/cut_sends.py` is the long form.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from secrets import randbits

import pytest

from tests.e2e.cut_send import Scissors, play
from tests.e2e.server_process import ServerProcess
from tests.e2e.storm import Shop
from tests.simulator.real.simulator_process import SimulatorProcess

CUTS = [
    ("accepting", "server"),
    ("queued", "worker"),
    ("calling", "worker"),
    ("in the call", "server"),
    ("unanswered", "worker"),
    ("answered", "worker"),
    ("journalled", "server"),
]


@pytest.fixture(name="scissors")
def _scissors(tmp_path: Path) -> Scissors:
    return Scissors(tmp_path / "cut")


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, simulator: SimulatorProcess, scissors: Scissors) -> Iterator[Shop]:
    server = ServerProcess(tmp_path, simulator, None, **scissors.environment())
    server.start()
    yield Shop(server, simulator)
    server.close()


@pytest.mark.parametrize(("step", "victim"), CUTS)
def test_a_send_that_is_cut_off_arrives_once_or_is_unconfirmed(
    shop: Shop, scissors: Scissors, step: str, victim: str
) -> None:
    seed = randbits(32)
    print(f"seed {seed}")  # noqa: T201 - with it a run is repeated
    cut = play(shop, scissors, step, victim, Random(seed))  # noqa: S311 - moments
    assert cut.promises_hold(), cut
