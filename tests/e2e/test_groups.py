"""What customers write in groups, and what the CRM sends there, with the real neonize."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.acting import received
from tests.simulator.real.simulator_process import SimulatorProcess

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA, JOAO = "+5521999990401", "+5521988880401", "+5521988880402"


def test_a_group_is_read_with_its_author_and_written_to_for_every_member(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    shop = browse(6)
    link(server, simulator, shop, SHOP)
    simulator.post("/accounts", number=MARIA, name="Maria")
    made = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA, JOAO])
    group = str(made["jid"])
    send_body: dict[str, Any] = {"to": group, "type": "text", "text": "Chegou o Onix."}
    unknown = server.post("/api/empresas/6/messages", send_body)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_recipient")

    simulator.post("/say", **{"from": MARIA, "to": group, "text": "Tem Onix?"})
    heard = shop.hears("message", text="Tem Onix?")["data"]
    assert heard["chat"] == {
        "id": group,
        "isGroup": True,
        **dict.fromkeys(("phone", "lid", "name")),
    }
    assert (heard["sender"]["phone"], heard["sender"]["name"]) == (MARIA, "Maria")
    assert heard["fromMe"] is False

    answer = server.post("/api/empresas/6/messages", send_body)
    assert (answer.status_code, answer.json()["chat"]) == (202, group)
    for state in ("server_ack", "delivered"):
        shop.hears("message_state", id=answer.json()["id"], state=state)
    said_by_maria, from_shop = received(simulator, JOAO, "Tem Onix?", "Chegou o Onix.")
    assert (said_by_maria["from"], said_by_maria["group"]) == (MARIA, group)
    assert (from_shop["from"], from_shop["group"]) == (SHOP, group)
    assert received(simulator, MARIA, "Chegou o Onix.")[0]["group"] == group
    assert simulator.get("/stats")["refusals"] == {}
