"""What the CRM reads of conversations, with the real neonize and phones that decrypt."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, TypeAlias

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.simulator_process import SimulatorProcess

Browse: TypeAlias = Callable[..., Browser]
SHOP, OTHER, MARIA = "+5521999990701", "+5521999990702", "+5521988880701"
LIST = "/api/empresas/5/conversations"


def conversations(server: ServerProcess, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.get(LIST + query).json()["conversations"]
    return found


def messages(server: ServerProcess, chat: str, query: str = "") -> list[dict[str, Any]]:
    """The oldest first."""
    answer = server.get(f"{LIST}/{chat}/messages{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["messages"]
    return found[::-1]


def test_a_conversation_has_both_sides_and_survives_a_kill_and_another_number(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    shop = browse(5)
    link(server, simulator, shop, SHOP)
    simulator.post("/accounts", number=MARIA, name="Maria")
    simulator.post("/say", **{"from": MARIA, "to": SHOP, "text": "Tem Onix?"})
    heard = shop.hears("message", text="Tem Onix?")["data"]
    (found,) = conversations(server)
    assert (found["chat"], found["number"], found["unread"]) == (heard["chat"], SHOP, 1)

    body = {"to": MARIA, "type": "text", "text": "Tem, sim. 🚗"}
    accepted = server.post("/api/empresas/5/messages", body).json()
    acked = shop.hears("message_state", id=accepted["id"], state="server_ack")["data"]
    shop.hears("message_state", id=accepted["id"], state="delivered")
    simulator.post("/mark-read", by=MARIA, of=SHOP, ids=[acked["whatsappId"]])
    shop.hears("message_state", id=accepted["id"], state="read")
    assert server.post(f"{LIST}/{MARIA}/read").json()["unread"] == 0
    asked, answered = before = messages(server, heard["chat"]["id"])
    assert asked.items() >= heard.items()
    assert (answered["text"], answered["state"]) == ("Tem, sim. 🚗", "read")
    assert (answered["id"], answered["outgoingId"]) == (acked["whatsappId"], accepted["id"])

    server.kill()
    server.start()
    assert messages(server, MARIA) == before
    assert [each["unread"] for each in conversations(server)] == [0]

    again = browse(5)
    server.post("/api/bot/logout/5")
    again.hears("status", state="logged_out")
    link(server, simulator, browse(5), OTHER)
    assert conversations(server) == []
    assert messages(server, MARIA, f"?number={SHOP}") == before


def test_the_librarys_own_bytes_of_a_message_are_kept(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    shop = browse(5)
    link(server, simulator, shop, SHOP)
    simulator.post("/accounts", number=MARIA, name="Maria")
    simulator.post("/say", **{"from": MARIA, "to": SHOP, "text": "Guarde isto"})
    shop.hears("message", text="Guarde isto")
    with closing(sqlite3.connect(server.folder / "data" / "vendeai.db")) as connection:
        rows = connection.execute("SELECT number, raw FROM messages").fetchall()
    ((number, raw),) = rows
    assert number == SHOP
    assert b"Guarde isto" in raw
