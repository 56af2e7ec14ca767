"""WhatsApp turns everybody away: few clients start meanwhile, and all come back by themselves."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import pytest

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess, together
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

Browse: TypeAlias = Callable[..., Browser]

EVERYBODY = range(1, 9)
#: Seconds from the end of an outage until the last shop is connected.
BACK_SECONDS = 45.0
#: Seconds within which all have given up the clients of which the library itself tries again.
GIVEN_UP_SECONDS = 60.0


def linked(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse, last: int
) -> dict[int, Browser]:
    browsers = {empresa_id: browse(empresa_id) for empresa_id in EVERYBODY}
    together(
        *(
            partial(link, server, simulator, browser, f"+5521{empresa_id}8888{last:04}")
            for empresa_id, browser in browsers.items()
        )
    )
    return browsers


def held(server: ServerProcess) -> list[str]:
    actors = server.get("/api/admin/actors").json()["actors"]
    return [actor["breaker"] for actor in actors if actor["breaker"] is not None]


def struck(simulator: SimulatorProcess) -> int:
    return sum(fault["struck"] for fault in simulator.get("/faults")["faults"])


def said(server: ServerProcess, words: str) -> int:
    return sum(words in line for line in server.log.read_text().splitlines())


@pytest.mark.timeout(240)
def test_an_outage_for_all_costs_few_starts_and_all_are_back_within_45_s_of_its_end(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    browsers = linked(server, simulator, browse, 301)
    simulator.post("/faults", refuse=True)
    for browser in browsers.values():
        browser.hears("status", state="reconnecting", reason="whatsapp_unreachable")
    until(lambda: held(server).count("whatsapp") >= len(EVERYBODY) - 1, GIVEN_UP_SECONDS)
    before, began = struck(simulator), time.monotonic()
    wait_until(lambda: struck(simulator) >= before + 3)
    tries, seconds = struck(simulator) - before, time.monotonic() - began
    print(f"{tries} tries in {seconds:.1f} s")  # noqa: T201 - how far from the bound
    assert tries <= 1 + seconds
    assert server.get("/readyz").status_code == 200

    heard = {empresa_id: len(browser.frames) for empresa_id, browser in browsers.items()}
    simulator.post("/faults", refuse=False)
    ended = time.monotonic()
    for empresa_id, browser in browsers.items():
        browser.waits(_is_connected, "connected", BACK_SECONDS, after=heard[empresa_id])
    back = time.monotonic() - ended
    print(f"all back after {back:.1f} s")  # noqa: T201 - how far from the bound
    assert back <= BACK_SECONDS
    wait_until(lambda: held(server) == [])
    assert said(server, "retries are held") == 1
    assert said(server, "got through") == 1


@pytest.mark.timeout(240)
def test_a_library_that_whatsapp_no_longer_accepts_is_tried_by_one_and_frees_all(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    browsers = linked(server, simulator, browse, 302)
    simulator.post("/faults", kind="failure", reason=405)
    simulator.post("/drop")
    for browser in browsers.values():
        browser.hears("status", state="client_outdated")
    until(lambda: held(server) == ["client_outdated"] * len(EVERYBODY), GIVEN_UP_SECONDS)
    before = struck(simulator)
    simulator.delete("/faults")
    heard = {empresa_id: len(browser.frames) for empresa_id, browser in browsers.items()}
    for empresa_id, browser in browsers.items():
        browser.waits(_is_connected, "connected", BACK_SECONDS, after=heard[empresa_id])
    assert before <= 2 * len(EVERYBODY)
    assert said(server, "retries are held") == 1
    assert said(server, "got through") == 1


def until(holds: Callable[[], object], seconds: float) -> None:
    """As `wait_until`, for longer."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return wait_until(holds)
        except TimeoutError:
            if time.monotonic() > deadline:
                raise


def _is_connected(frame: dict[str, object]) -> bool:
    data = frame["data"]
    return frame["type"] == "status" and isinstance(data, dict) and data["state"] == "connected"
