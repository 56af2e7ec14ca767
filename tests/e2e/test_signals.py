"""Read receipts, typing, presence and pictures, from CRM to phones, with the real neonize."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import ServerProcess
from tests.media.test_kinds import picture
from tests.simulator.real.acting import say
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

Browse: TypeAlias = Callable[..., Browser]
SHOP, MARIA, JOAO = "+5521999990711", "+5521988880711", "+5521988880712"
LIST = "/api/empresas/5/conversations"


@pytest.fixture(name="server")
def _server(tmp_path: Path, simulator: SimulatorProcess) -> Iterator[ServerProcess]:
    port = simulator.where["admin"].rpartition(":")[2]
    server = ServerProcess(
        tmp_path,
        simulator,
        VENDEAI_MEDIA_NETWORKS="127.0.0.0/8",
        VENDEAI_MEDIA_PORTS=f"80,443,{port}",
    )
    server.start()
    yield server
    server.close()


@pytest.fixture(name="shop")
def _shop(server: ServerProcess, simulator: SimulatorProcess, browse: Browse) -> Iterator[Browser]:
    """Linked, and Maria has written to it."""
    shop = browse(5)
    link(server, simulator, shop, SHOP)
    for number, name in ((MARIA, "Maria"), (JOAO, "João")):
        simulator.post("/accounts", number=number, name=name)
    say(simulator, MARIA, SHOP, "oi")
    shop.hears("message", text="oi")
    yield shop
    simulator.post("/remove", number=SHOP)


def read_of(simulator: SimulatorProcess, number: str, kind: str = "read") -> list[tuple[Any, ...]]:
    """Of which messages a phone was told that they were read: ids and group."""
    receipts = simulator.get(f"/receipts?number={number[1:]}")["receipts"]
    return [
        (frozenset(each["ids"]), each.get("group")) for each in receipts if each["type"] == kind
    ]


def unread(shop: Browser, chat: str) -> frozenset[str]:
    """The ids of all that came in a chat."""
    messages = [frame["data"] for frame in shop.frames if frame["type"] == "message"]
    return frozenset(each["id"] for each in messages if each["chat"]["id"] == chat)


def test_what_is_read_here_is_read_on_the_customers_phone_and_on_the_shops(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    say(simulator, MARIA, SHOP, "tem Onix?")
    chat = shop.hears("message", text="tem Onix?")["data"]["chat"]["id"]
    ids, before = unread(shop, chat), len(read_of(simulator, MARIA))
    assert server.post(f"{LIST}/{MARIA}/read").status_code == 200
    wait_until(lambda: len(read_of(simulator, MARIA)) > before)
    assert read_of(simulator, MARIA)[before:] == [(ids, None)]
    wait_until(lambda: (ids, None) in read_of(simulator, SHOP, "read-self"))

    say(simulator, MARIA, SHOP, "em silêncio")
    shop.hears("message", text="em silêncio")
    assert server.post(f"{LIST}/{MARIA}/read", {"tellWhatsApp": False}).status_code == 200
    say(simulator, MARIA, SHOP, "por último")
    last = shop.hears("message", text="por último")["data"]["id"]
    assert server.post(f"{LIST}/{MARIA}/read").status_code == 200
    wait_until(lambda: len(read_of(simulator, MARIA)) > before + 1)
    assert read_of(simulator, MARIA)[before + 1 :] == [(frozenset({last}), None)]


def test_in_a_group_each_author_is_told_of_their_own(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    group = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA, JOAO])["jid"]
    expected: dict[str, set[str]] = {MARIA: set(), JOAO: set()}
    for author, text in ((MARIA, "um"), (JOAO, "dois"), (MARIA, "tres")):
        say(simulator, author, group, text)
        expected[author].add(shop.hears("message", text=text)["data"]["id"])

    def is_told(author: str, ids: set[str]) -> bool:
        return (frozenset(ids), group) in read_of(simulator, author)

    assert server.post(f"{LIST}/{group}/read").status_code == 200
    for author, ids in expected.items():
        wait_until(partial(is_told, author, ids))


def test_what_was_read_while_away_is_told_after_a_kill_and_a_connection(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser, browse: Browse
) -> None:
    say(simulator, MARIA, SHOP, "ainda tem?")
    chat = shop.hears("message", text="ainda tem?")["data"]["chat"]["id"]
    ids, before = unread(shop, chat), len(read_of(simulator, MARIA))
    server.post("/api/bot/disconnect/5")
    shop.hears("status", state="stopped")
    assert server.post(f"{LIST}/{MARIA}/read").json()["unread"] == 0
    server.kill()
    server.start()
    assert len(read_of(simulator, MARIA)) == before
    again = browse(5)
    server.post("/api/bot/connect/5")
    again.hears("status", state="connected")
    wait_until(lambda: len(read_of(simulator, MARIA)) > before)
    assert read_of(simulator, MARIA)[before:] == [(ids, None)]


def test_typing_and_presence_go_both_ways(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    chat = shop.hears("message", text="oi")["data"]["chat"]

    def is_online() -> bool:
        return bool(simulator.get(f"/presence?number={SHOP[1:]}")["online"])

    def shown() -> list[str]:
        typing = simulator.get(f"/typing?number={MARIA[1:]}")["typing"]
        return [each["state"] for each in typing if each["from"] == SHOP]

    assert not is_online()
    followed = server.post(f"{LIST}/{MARIA}/presence/subscribe")
    assert (followed.status_code, followed.json()["chat"]) == (200, chat["id"])
    who = {"chat": chat["id"], "phone": MARIA, "lid": chat["lid"]}
    shop.hears("presence", online=False, lastSeen=None, **who)
    assert is_online()
    simulator.post("/presence", number=MARIA, online=True)
    shop.hears("presence", online=True, **who)
    simulator.post("/presence", number=MARIA, online=False)
    shop.waits(lambda f: f["type"] == "presence" and f["data"]["lastSeen"] is not None)

    before = len(shown())
    for state in ("composing", "recording", "paused"):
        answer = server.post(f"{LIST}/{MARIA}/typing", {"state": state})
        assert answer.status_code == 200
        simulator.post("/type", **{"from": MARIA}, to=SHOP, state=state)
        frame = shop.hears("typing", state=state)
        assert frame["data"]["chat"] == chat | {"name": None}
        assert frame["data"]["sender"]["phone"] == MARIA
        assert "seq" not in frame
    wait_until(lambda: shown()[before:] == ["composing", "recording", "paused"])
    assert {event["type"] for event in server.events(5)} == {"status", "message"}


def test_somebody_is_seen_typing_before_a_message_that_asks_for_it(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    def shown() -> list[str]:
        typing = simulator.get(f"/typing?number={MARIA[1:]}")["typing"]
        return [each["state"] for each in typing if each["from"] == SHOP]

    before, asked_at = len(shown()), time.time()
    body = {"to": MARIA, "type": "text", "text": "Tem, sim.", "typing": True}
    answer = server.post("/api/empresas/5/messages", body)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    other = server.post("/api/empresas/5/messages", {**body, "to": JOAO, "typing": False})
    shop.hears("message_state", id=answer.json()["id"], state="delivered")
    shop.hears("message_state", id=other.json()["id"], state="delivered")
    assert shown()[before:] == ["composing"]
    life = [server.get(f"/api/empresas/5/messages/{each.json()['id']}") for each in (answer, other)]
    sent, other_sent = (
        next(datetime.fromisoformat(step["at"]) for step in each.json()["states"][1:2])
        for each in life
    )
    assert sent.timestamp() - asked_at >= 1.5
    assert other_sent < sent


def test_typing_in_a_group_goes_both_ways(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    group = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA])["jid"]
    say(simulator, MARIA, group, "no grupo")
    author = shop.hears("message", text="no grupo")["data"]["sender"]
    server.post(f"{LIST}/{group}/presence/subscribe")
    server.post(f"{LIST}/{group}/typing", {"state": "composing"})

    def is_shown() -> bool:
        typing = simulator.get(f"/typing?number={MARIA[1:]}")["typing"]
        return any(each.get("group") == group for each in typing)

    wait_until(is_shown)
    simulator.post("/type", **{"from": MARIA}, to=group)
    typing = shop.waits(lambda f: f["type"] == "typing" and f["data"]["chat"]["id"] == group)
    assert typing["data"]["sender"]["lid"] == author["lid"]


def test_pictures_of_a_customer_and_of_a_group_are_given(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    group = simulator.post("/groups", subject="Carros", members=[SHOP, MARIA])["jid"]
    say(simulator, MARIA, group, "no grupo")
    shop.hears("message", text="no grupo")
    one, other = picture("JPEG"), picture("PNG")
    simulator.post("/picture", number=MARIA, picture=base64.b64encode(one).decode())
    simulator.post("/picture", group=group, picture=base64.b64encode(other).decode())
    answer = server.get(f"{LIST}/{MARIA}/picture")
    assert (answer.status_code, answer.content) == (200, one)
    assert answer.headers["Content-Type"] == "image/jpeg"
    answer = server.get(f"{LIST}/{group}/picture")
    assert (answer.content, answer.headers["Content-Type"]) == (other, "image/png")


def test_who_has_no_picture_has_none(
    server: ServerProcess, simulator: SimulatorProcess, shop: Browser
) -> None:
    say(simulator, JOAO, SHOP, "sem foto")
    shop.hears("message", text="sem foto")
    answer = server.get(f"{LIST}/{JOAO}/picture")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_picture")
