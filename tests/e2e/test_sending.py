"""Messages that the CRM sends, to phones that decrypt them, with the real neonize."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest

from tests.e2e.browser import Browser, linked_server
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA, JOAO = "+5521999990301", "+5521988880301", "+5521988880302"


@pytest.fixture(name="server", scope="module")
def _server(
    tmp_path_factory: pytest.TempPathFactory, simulator: SimulatorProcess
) -> Iterator[ServerProcess]:
    with linked_server(tmp_path_factory.mktemp("server"), simulator, SHOP) as server:
        simulator.post("/accounts", number=MARIA, name="Maria")
        yield server


@pytest.fixture(name="shop")
def _shop(browse: Browse) -> Browser:
    return browse(5)


def send(server: ServerProcess, text: str, to: str = MARIA, **other: Any) -> dict[str, Any]:
    body = {"to": to, "type": "text", "text": text, **other}
    answer = server.post("/api/empresas/5/messages", body)
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def known_group(simulator: SimulatorProcess, shop: Browser) -> str:
    """One with Maria and João, in which somebody has spoken."""
    made = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA, JOAO])
    group = str(made["jid"])
    simulator.post("/say", **{"from": JOAO, "to": group, "text": "oi, grupo"})
    shop.hears("message", text="oi, grupo")
    return group


def received(simulator: SimulatorProcess, number: str = MARIA) -> list[str]:
    found = simulator.get(f"/received?number={number[1:]}")["messages"]
    return [message["text"] for message in found if not message.get("fromMe")]


def test_a_text_reaches_the_customers_phone_and_its_receipts_come_back(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    accepted = send(server, "Olá, Maria! 🚗\nO Onix está aqui.", "(21) 8888-0301")
    acked = shop.hears("message_state", id=accepted["id"], state="server_ack")["data"]
    shop.hears("message_state", id=accepted["id"], state="delivered")
    assert received(simulator) == ["Olá, Maria! 🚗\nO Onix está aqui."]
    actors = server.get("/api/admin/actors?empresa=5").json()["actors"]
    (link,) = (actor["link"] for actor in actors if actor["link"])
    assert 0 < link["ackMs"] < 20_000
    simulator.post("/mark-read", by=MARIA, of=SHOP, ids=[acked["whatsappId"]])
    shop.hears("message_state", id=accepted["id"], state="read")
    life = server.get(f"/api/empresas/5/messages/{accepted['id']}").json()
    assert [step["state"] for step in life["states"]] == [
        *("queued", "sending", "server_ack", "delivered", "read")
    ]


def test_an_answer_goes_to_the_chat_from_which_the_customer_wrote(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    simulator.post("/say", **{"from": MARIA, "to": SHOP, "text": "Tem Onix?"})
    chat = shop.hears("message", text="Tem Onix?")["data"]["chat"]["id"]
    accepted = send(server, "Tem, sim.", chat)
    assert accepted["chat"] == chat
    shop.hears("message_state", id=accepted["id"], state="delivered")
    assert received(simulator)[-1] == "Tem, sim."


def test_a_number_without_whatsapp_is_refused_and_the_worker_lives(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    body = {"to": "+5511900000000", "type": "text", "text": "oi"}
    refused = server.post("/api/empresas/5/messages", body)
    assert (refused.status_code, refused.json()["code"]) == (422, "not_on_whatsapp")
    accepted = send(server, "oi")
    shop.hears("message_state", id=accepted["id"], state="delivered")
    assert "oi" in received(simulator)


@pytest.mark.parametrize("where", ["chat", "group"])
def test_a_mention_a_place_a_card_and_a_poll_arrive_as_they_were_asked_for(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser, where: str
) -> None:
    to = MARIA if where == "chat" else known_group(simulator, shop)
    place = {"latitude": -22.9035, "longitude": -43.2096, "name": "Auto Rio", "address": "Centro"}
    card = {"name": "João; Despachante", "phone": "21 98888-0302"}
    poll = {"question": "Qual cor?", "options": ["Prata", "Preto"], "choices": 1}
    bodies: list[dict[str, Any]] = [
        {"type": "text", "text": f"Fale com @{JOAO[1:]}", "mentions": [JOAO]},
        {"type": "location", **place},
        {"type": "contact", "contacts": [card]},
        {"type": "poll", **poll},
    ]
    for body in bodies:
        answer = server.post("/api/empresas/5/messages", {"to": to, **body})
        shop.hears("message_state", id=answer.json()["id"], state="delivered")
    found = simulator.get(f"/received?number={MARIA[1:]}")["messages"][-4:]
    assert {message.get("group") for message in found} == {None if where == "chat" else to}
    assert (found[0]["type"], found[0]["text"]) == ("text", f"Fale com @{JOAO[1:]}")
    assert found[0]["context"]["mentionedJID"] == [f"{JOAO[1:]}@s.whatsapp.net"]
    location, contact, question = (message["content"] for message in found[1:])
    assert (location["degreesLatitude"], location["degreesLongitude"]) == (-22.9035, -43.2096)
    assert (location["name"], location["address"]) == ("Auto Rio", "Centro")
    assert contact["displayName"] == card["name"]
    assert "+5521988880302" in contact["vcard"]
    assert (question["name"], question["selectableOptionsCount"]) == ("Qual cor?", 1)
    assert [option["optionName"] for option in question["options"]] == ["Prata", "Preto"]


def test_a_vote_on_our_poll_comes_back_with_the_names_of_what_was_chosen(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    poll = {"question": "Quais?", "options": ["Prata", "Preto ⚫", "Azul"], "choices": 2}
    answer = server.post("/api/empresas/5/messages", {"to": MARIA, "type": "poll", **poll})
    sent = shop.hears("message_state", id=answer.json()["id"], state="delivered")["data"]
    vote = {"by": MARIA, "of": SHOP, "poll": sent["whatsappId"]}
    simulator.post("/vote", options=["Preto ⚫", "Azul"], **vote)
    first = shop.hears("poll_vote")["data"]
    assert (first["options"], first["encrypted"]) == (["Preto ⚫", "Azul"], None)
    assert first["target"]["id"] == sent["whatsappId"]
    simulator.post("/vote", options=[], **vote)
    shop.hears("poll_vote", options=[])
    chat = quote(sent["chat"])
    page = server.get(f"/api/empresas/5/conversations/{chat}/messages").json()
    (polled,) = (each for each in page["messages"] if each["id"] == sent["whatsappId"])
    assert polled["votes"] == []
