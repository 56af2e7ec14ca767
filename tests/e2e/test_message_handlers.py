"""Customers who are answered by the rules, with the real neonize, across kills of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA = "+5521999990601", "+5521988880601"
LETTERS = "abcdefghijkl"
HANDLER = {
    "handler": "rules",
    "settings": {
        "menuText": "O que você procura?",
        "options": [{"title": f"Peça {each}", "text": f"Temos a {each}."} for each in LETTERS],
        "repliesPerHour": 60,
    },
}


@pytest.fixture(name="shop")
def _shop(server: ServerProcess, simulator: SimulatorProcess, browse: Browse) -> Iterator[Browser]:
    browser = browse(5)
    link(server, simulator, browser, SHOP)
    simulator.post("/accounts", number=MARIA, name="Maria")
    assert server.put("/api/empresas/5/handler", HANDLER).status_code == 200
    yield browser
    simulator.post("/remove", number=SHOP)


def say(simulator: SimulatorProcess, text: str) -> None:
    simulator.post("/say", **{"from": MARIA, "to": SHOP, "text": text})


def received(simulator: SimulatorProcess) -> list[str]:
    found = simulator.get(f"/received?number={MARIA[1:]}")["messages"]
    return [message["text"] for message in found if not message.get("fromMe")]


def test_who_writes_menu_gets_it_and_then_what_they_choose(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    say(simulator, "Menu, por favor")
    shop.hears("message_state", state="delivered")
    menu = received(simulator)[-1]
    assert menu.startswith("O que você procura?\n\n1 - Peça a\n2 - Peça b")
    say(simulator, "2")
    wait_until(lambda: received(simulator)[-1] == "Temos a b.")
    shown = server.get("/api/empresas/5/handler").json()
    assert (shown["state"], shown["lastFailure"]) == ("running", None)


def test_across_kills_of_the_server_no_question_is_skipped_and_none_answered_twice(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    del shop
    before = len(received(simulator))
    for letter in LETTERS:
        say(simulator, f"Tem a peça {letter}?")
        if letter in "dh":
            server.kill()
            server.start()

    def states() -> dict[str, str]:
        """By the handler's messages: where each of them stands."""
        events = server.events(5)
        told = [event["data"] for event in events if event["type"] == "message_state"]
        return {data["id"]: data["state"] for data in told if data["id"].startswith("handler-")}

    def is_over() -> bool:
        found = states()
        waits = {"queued", "sending", "server_ack"} & set(found.values())
        return len(found) == len(LETTERS) and not waits

    wait_until(is_over, 90)
    got = received(simulator)[before:]
    assert got == sorted(set(got))
    unconfirmed = [each for each in states().values() if each == "unconfirmed"]
    assert len(got) >= len(LETTERS) - len(unconfirmed)
