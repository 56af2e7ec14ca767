"""Messages that one side or the other cannot read, with the real neonize."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias
from urllib.parse import quote

import pytest

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess, kill_process
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA = "+5521999990421", "+5521988880421"


@pytest.fixture(name="shop")
def _shop(server: ServerProcess, simulator: SimulatorProcess, browse: Browse) -> Iterator[Browser]:
    browser = browse(5)
    link(server, simulator, browser, SHOP)
    yield browser
    simulator.post("/remove", number=SHOP)


def test_what_cannot_be_decrypted_is_told_and_stands_there_until_it_is_repeated(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    simulator.post("/faults", kind="undecryptable", number=SHOP, times=1, heals=True)
    (whatsapp_id,) = simulator.post("/say", **{"from": MARIA, "to": SHOP, "text": "oi"})["ids"]
    told = shop.hears("message_undecryptable", id=whatsapp_id)["data"]
    assert (told["type"], told["text"]) == ("undecryptable", None)
    came = shop.hears("message", id=whatsapp_id)["data"]
    assert (came["text"], came["retried"]) == ("oi", True)
    chat = quote(came["chat"]["id"])
    page = server.get(f"/api/empresas/5/conversations/{chat}/messages").json()
    assert [(each["text"], each["state"]) for each in page["messages"]] == [("oi", None)]
    assert page["conversation"]["unread"] == 1


def test_what_never_can_be_decrypted_stays_listed(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    simulator.post("/faults", kind="undecryptable", number=SHOP, times=1, heals=False)
    (whatsapp_id,) = simulator.post("/say", **{"from": MARIA, "to": SHOP, "text": "oi"})["ids"]
    chat = quote(shop.hears("message_undecryptable", id=whatsapp_id)["data"]["chat"]["id"])
    page = server.get(f"/api/empresas/5/conversations/{chat}/messages").json()
    assert [(each["type"], each["state"]) for each in page["messages"]] == [
        ("undecryptable", "undecryptable")
    ]


def test_a_phone_that_asks_again_after_a_restart_is_told_of_and_the_message_has_failed(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    simulator.post("/accounts", number=MARIA, name="Maria")
    body = {"to": MARIA, "type": "text", "text": "Segue a proposta."}
    sent = server.post("/api/empresas/5/messages", body).json()
    acked = shop.hears("message_state", id=sent["id"], state="server_ack")["data"]
    shop.hears("message_state", id=sent["id"], state="delivered")
    worker = server.worker(5)
    kill_process(worker)
    wait_until(lambda: server.worker(5) not in (None, worker))
    wait_until(lambda: server.status(5)["connected"])
    simulator.post("/ask-again", by=MARIA, id=acked["whatsappId"])
    asked = shop.hears("message_asked_again", messageIds=[acked["whatsappId"]])["data"]
    assert asked["sender"]["phone"] == MARIA
    life = server.get(f"/api/empresas/5/messages/{sent['id']}").json()
    assert life["state"] == "delivered"  # another device of hers has it
