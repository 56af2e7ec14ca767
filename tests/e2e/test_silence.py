"""A WhatsApp that falls silent: the status says so in time, and heals in time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

Browse: TypeAlias = Callable[..., Browser]

NUMBER = "+5521999990301"
CUSTOMER = "+5511911110003"
#: Seconds that the contract allows, both to leave `connected` and to come back.
ALLOWED = 45.0


@pytest.mark.timeout(180)
def test_a_link_without_a_sign_of_life_leaves_connected_and_comes_back_in_time(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    browser = browse(1)
    link(server, simulator, browser, NUMBER)
    begun = time.monotonic()
    simulator.freeze()
    try:
        browser.waits(
            lambda f: f["type"] == "status" and f["data"]["reason"] == "link_silent",
            "silence",
            seconds=ALLOWED,
        )
        assert time.monotonic() - begun <= ALLOWED
        browser.hears("status", state="reconnecting", reason="link_silent")
    finally:
        simulator.thaw()
    thawed = time.monotonic()
    back = len(browser.frames)
    browser.waits(
        lambda f: f["type"] == "status" and f["data"]["state"] == "connected",
        "connected",
        seconds=ALLOWED,
        after=back,
    )
    assert time.monotonic() - thawed <= ALLOWED
    simulator.post("/say", **{"from": CUSTOMER, "to": NUMBER, "text": "ainda aí?"})
    browser.hears("message", text="ainda aí?")
