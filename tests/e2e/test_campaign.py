"""Every trouble once, where it strikes a shop that is connected or being paired.

`bench/faults.py` is the long form: each in every state, with many neighbours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import pytest

from tests.e2e.campaign import Finding, Scene, stage
from tests.e2e.server_process import together
from tests.e2e.troubles import SILENCE, TROUBLES, Trouble

NEIGHBOURS = 3
RATE = 50.0
#: To the neighbours in each row.
TEXTS = 100

SHORT = [t for t in TROUBLES if t.seconds < SILENCE]
#: Each to a shop of its own, so many at once, where they strike nobody else: of five the circuit
#: breaker would think that it is one common cause.
AT_ONCE = 4
APART = [t for t in SHORT if not (t.is_everybodys or t.is_anybodys or "forkserver" in t.name)]
ROUNDS = [
    *(APART[place : place + AT_ONCE] for place in range(0, len(APART), AT_ONCE)),
    *([trouble] for trouble in SHORT if trouble not in APART),
]
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


def suffered(scene: Scene, rows: Sequence[tuple[Trouble, str]]) -> list[Finding]:
    """Each by a shop of its own, all at once; whom it strikes alone, it alone notices."""
    findings: list[Finding] = []

    def suffer(row: tuple[Trouble, str]) -> None:
        findings.append(scene.suffer(*row))

    jobs = [partial(suffer, row) for row in rows]
    with scene.neighbours.living(TEXTS) as peace:
        together(*jobs)
    if not any(trouble.is_everybodys for trouble, _ in rows):
        assert peace.disturbances(None) == []
    return findings


def where(trouble: Trouble) -> str:
    return "connected" if "connected" in trouble.states else trouble.states[0]


@pytest.mark.parametrize(
    "troubles", ROUNDS, ids=lambda troubles: ", ".join(trouble.name for trouble in troubles)
)
def test_a_trouble_is_shown_and_healed_loses_nothing_and_disturbs_nobody(
    scene: Scene, troubles: list[Trouble]
) -> None:
    findings = suffered(scene, [(trouble, where(trouble)) for trouble in troubles])
    assert [finding for finding in findings if finding.wrong] == []


@pytest.mark.timeout(240)
def test_a_silence_is_noticed_within_45_seconds_and_healed(scene: Scene) -> None:
    findings = suffered(scene, LONG)
    assert [finding for finding in findings if finding.wrong] == []
    assert [f for f in findings if f.noticed is None or f.noticed > 45.0] == []


def test_shops_that_flap_disturb_nobody_and_come_back(scene: Scene) -> None:
    assert scene.flap(4, 8.0).wrong == []
