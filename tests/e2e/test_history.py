"""What a phone had said before it was linked, with the real neonize."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import quote

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA = "+5521999990411", "+5521988880411"


def test_what_was_said_before_the_link_fills_the_conversation_and_is_marked(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    simulator.post("/accounts", number=MARIA, name="Maria")
    texts = [
        {"text": "Ainda tem o Onix?", "at": 1_760_000_000},
        {"text": "Tem, sim.", "at": 1_760_000_060, "fromMe": True},
        {"text": "Passo aí amanhã.", "at": 1_760_000_120},
    ]
    simulator.post("/past", **{"number": SHOP, "with": MARIA, "texts": texts})
    browser = browse(5)
    link(server, simulator, browser, SHOP)
    last = browser.hears("message", text="Passo aí amanhã.")["data"]
    assert last["history"] is True
    simulator.post("/say", **{"from": MARIA, "to": SHOP, "text": "Cheguei."})
    now = browser.hears("message", text="Cheguei.")["data"]
    assert (now["history"], now["chat"]["id"]) == (False, last["chat"]["id"])
    chat = quote(last["chat"]["id"])
    page = server.get(f"/api/empresas/5/conversations/{chat}/messages").json()
    assert [(each["text"], each["fromMe"], each["history"]) for each in page["messages"]] == [
        ("Cheguei.", False, False),
        ("Passo aí amanhã.", False, True),
        ("Tem, sim.", True, True),
        ("Ainda tem o Onix?", False, True),
    ]
    assert page["messages"][3]["timestamp"] == "2025-10-09T08:53:20.000Z"
    assert page["conversation"]["unread"] == 1
    assert page["conversation"]["chat"]["phone"] == MARIA
    simulator.post("/remove", number=SHOP)
