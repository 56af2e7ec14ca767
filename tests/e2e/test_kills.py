"""Killing what can be killed: nothing is left behind, nothing is lost, nobody else notices."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess, kill_process, stop_process, together
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

Browse: TypeAlias = Callable[..., Browser]

CUSTOMER = "+5511911110002"


def linked(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse, last: int
) -> dict[int, Browser]:
    """Three empresas, connected; `last` tells their numbers from another test's."""
    browsers = {empresa_id: browse(empresa_id) for empresa_id in (1, 2, 3)}
    together(
        *(lambda e=e, b=b: link(server, simulator, b, number(e, last)) for e, b in browsers.items())
    )
    return browsers


def is_connected(server: ServerProcess, empresa_id: int) -> bool:
    return bool(server.status(empresa_id)["connected"])


def number(empresa_id: int, last: int) -> str:
    return f"+5521{empresa_id}9999{last:04}"


def test_a_killed_server_comes_back_without_a_qr_and_with_what_was_said_meanwhile(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    linked(server, simulator, browse, 201)
    stop_process(server.worker(2))
    server.kill()
    for empresa_id in (1, 2, 3):
        simulator.post(
            "/say",
            **{"from": CUSTOMER, "to": number(empresa_id, 201), "text": f"oi {empresa_id}"},
        )
    server.start()
    for empresa_id in (1, 2, 3):
        browser = browse(empresa_id, "&since=0")
        browser.hears("message", text=f"oi {empresa_id}")
        assert browser.texts() == [f"oi {empresa_id}"]
        assert [frame for frame in browser.frames if frame["type"] == "qr"] == []
        numbers = browser.numbers()
        assert numbers == list(range(1, len(numbers) + 1))
        wait_until(partial(is_connected, server, empresa_id))
        assert server.status(empresa_id)["phoneNumber"] == number(empresa_id, 201)


def test_a_killed_worker_comes_back_on_the_same_websocket_and_the_others_notice_nothing(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    browsers = linked(server, simulator, browse, 202)
    before = {empresa_id: len(browsers[empresa_id].frames) for empresa_id in (2, 3)}
    pid = server.worker(1)
    kill_process(pid)
    browsers[1].hears("status", state="reconnecting", reason="worker_died")
    wait_until(lambda: browsers[1].states()[-1] == "connected")
    states = browsers[1].states()
    assert states[states.index("reconnecting") :] == ["reconnecting", "connected"]
    assert server.worker(1) != pid
    for empresa_id in (2, 3):
        assert len(browsers[empresa_id].frames) == before[empresa_id]
    simulator.post("/say", **{"from": CUSTOMER, "to": number(1, 202), "text": "de volta"})
    browsers[1].hears("message", text="de volta")


def test_a_server_that_is_stopped_leaves_nothing_and_comes_back_connected(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    linked(server, simulator, browse, 203)
    assert server.stop() == 0
    assert server.processes() == []
    server.start()
    for empresa_id in (1, 2, 3):
        wait_until(partial(is_connected, server, empresa_id))


def test_a_killed_simulator_is_an_outage_that_heals(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    browsers = linked(server, simulator, browse, 204)
    simulator.end(kill=True)
    browsers[1].hears("status", state="reconnecting")
    simulator.start()
    wait_until(lambda: all(server.status(e)["connected"] for e in (1, 2, 3)))
    simulator.post("/say", **{"from": CUSTOMER, "to": number(3, 204), "text": "depois"})
    browsers[3].hears("message", text="depois")
