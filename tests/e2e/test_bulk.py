"""A bulk job beside a salesperson, with the real neonize; `bench/bulk.py` is the long form."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.e2e.browser import Browser
from tests.e2e.many import contact, play, texts_of
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

Browse: TypeAlias = Callable[..., Browser]
CONTACTS = 50


def test_a_job_keeps_its_pace_reaches_each_once_and_keeps_no_answer_waiting(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    browser = browse(5)
    played = play(server, simulator, browser, CONTACTS, 2, perMinute=300)
    assert max(played.answers) < 2.0
    assert len(played.acked) == CONTACTS
    assert played.acked[-1] - played.acked[0] >= (CONTACTS - 1) * 0.2 - 0.5
    assert played.foreseen == 2
    assert (played.job["state"], played.job["total"]) == ("done", CONTACTS)
    for place in range(CONTACTS):
        assert texts_of(simulator, contact(place)) == [f"Oi, Cliente {place}! O Onix chegou."]
    told = [f["data"] for f in browser.frames if f["type"] == "bulk_progress"]
    assert 2 <= len(told) <= 12
