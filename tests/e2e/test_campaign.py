"""Every trouble once, where it strikes a shop that is connected or being paired.

`bench/faults.py` is the long form: each in every state, with many neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.campaign import Finding, Scene, stage
from tests.e2e.server_process import together
from tests.e2e.troubles import SILENCE, TROUBLES, Trouble

NEIGHBOURS = 3
RATE = 50.0
#: To the neighbours in each row.
TEXTS = 100

SHORT = [t for t in TROUBLES if t.seconds < SILENCE]
#: They take the better part of a minute each: all at once.
LONG = [
    (trouble, state)
    for trouble in TROUBLES
    if trouble.seconds == SILENCE and trouble.lasts == 1.0
    for state in ("connected", "awaiting_scan")
    if state in trouble.states
]


@pytest.fixture(name="scene", scope="module")
def _scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with stage(tmp_path_factory.mktemp("campaign"), NEIGHBOURS, RATE, TEXTS) as scene:
        yield scene


def where(trouble: Trouble) -> str:
    return "connected" if "connected" in trouble.states else trouble.states[0]


@pytest.mark.parametrize("trouble", SHORT, ids=lambda trouble: trouble.name)
def test_a_trouble_is_shown_and_healed_loses_nothing_and_disturbs_nobody(
    scene: Scene, trouble: Trouble
) -> None:
    finding = scene.play(trouble, where(trouble))
    assert finding.wrong == [], finding


@pytest.mark.timeout(240)
def test_a_silence_is_noticed_within_45_seconds_and_healed(scene: Scene) -> None:
    findings: list[Finding] = []
    jobs = [lambda row=row: findings.append(scene.suffer(*row)) for row in LONG]
    with scene.neighbours.living(TEXTS) as peace:
        together(*jobs)
    assert [finding for finding in findings if finding.wrong] == []
    assert [f for f in findings if f.noticed is None or f.noticed > 45.0] == []
    assert peace.disturbances(None) == []


def test_shops_that_flap_disturb_nobody_and_come_back(scene: Scene) -> None:
    assert scene.flap(4, 8.0).wrong == []
