"""How an empresa sends: first contacts at the pace that is set, answers at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.unhurried import UNHURRIED

Browse: TypeAlias = Callable[..., Browser]
SHOP, PEDRO = "+5521999990501", "+5521988880501"
STRANGERS = [f"+55219888805{number}" for number in range(10, 14)]
#: 30 a minute: one every two seconds.
SLOW = {**UNHURRIED, "perMinute": 30}


@pytest.fixture(name="shop")
def _shop(server: ServerProcess, simulator: SimulatorProcess, browse: Browse) -> Iterator[Browser]:
    browser = browse(5)
    link(server, simulator, browser, SHOP)
    for number in (PEDRO, *STRANGERS):
        simulator.post("/accounts", number=number, name=number)
    yield browser
    simulator.post("/remove", number=SHOP)


def send(server: ServerProcess, to: str) -> str:
    body = {"to": to, "type": "text", "text": f"Olá, {to}"}
    answer = server.post("/api/empresas/5/messages", body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["estimatedAt"] is not None
    return str(answer.json()["id"])


def reached(server: ServerProcess, message_id: str, state: str) -> bool:
    life: dict[str, Any] = server.get(f"/api/empresas/5/messages/{message_id}").json()
    return any(step["state"] == state for step in life["states"])


def test_first_contacts_keep_the_pace_and_an_answer_among_them_is_out_at_once(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    assert server.put("/api/empresas/5", {"sending": SLOW}).status_code == 200
    simulator.post("/say", **{"from": PEDRO, "to": SHOP, "text": "Tem Onix?"})
    chat = shop.hears("message", text="Tem Onix?")["data"]["chat"]["id"]
    begun = time.monotonic()
    ids = [send(server, to) for to in STRANGERS]
    shop.hears("message_state", id=ids[0], state="server_ack")
    answer = send(server, chat)
    shop.hears("message_state", id=answer, state="server_ack")
    assert not reached(server, ids[-1], "sending")
    for each in ids:
        shop.hears("message_state", id=each, state="server_ack")
    assert time.monotonic() - begun >= 3 * 2
    found = server.get("/api/empresas/5/sending").json()
    assert (found["waiting"], found["contactsToday"], found["pause"]) == (0, 4, None)
