"""The unmodified neonize, a process of its own, takes the simulator for WhatsApp."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.simulator.real.acting import everything_acknowledged, received, say, scan
from tests.simulator.real.client_process import RealClient, running_client
from tests.simulator.real.simulator_process import RefusedError, SimulatorProcess
from tests.simulator.real.waiting import wait_until

SHOP, CUSTOMER = "+5511987654321", "+5521912345678"


@pytest.fixture
def shop(simulator: SimulatorProcess, tmp_path: Path) -> Iterator[RealClient]:
    with running_client(simulator, tmp_path / "shop.db") as client:
        scan(simulator, client, SHOP)
        yield client


def test_a_scanned_client_is_connected_and_knows_who_it_is(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    with running_client(simulator, tmp_path / "shop.db") as client:
        scanned = scan(simulator, client, SHOP)
        me = client.call("me")
        assert (me["jid"], me["lid"]) == (scanned["jid"], scanned["lid"])
        (device,) = simulator.get(f"/devices?number={SHOP[1:]}")["devices"]
        assert device["online"]
        assert device["prekeys"] > 800
    assert client.events[0]["places"] >= 1


def test_a_new_device_learns_the_push_name_and_can_say_that_it_is_there(
    simulator: SimulatorProcess, shop: RealClient
) -> None:
    shop.event("history")
    for _ in range(3):
        shop.event("message", category="peer")
    wait_until(lambda: shop.call("me")["name"] == "Loja")
    shop.call("available")
    assert simulator.get("/stats")["refusals"] == {}


def test_a_code_typed_on_the_phone_links_the_client(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    with running_client(simulator, tmp_path / "shop.db") as client:
        client.event("qr")
        code = client.call("pair", number=SHOP[1:])
        with pytest.raises(RefusedError):
            simulator.post("/code", number=SHOP, code="1111-1111")
    with running_client(simulator, tmp_path / "another.db") as client:
        client.event("qr")
        code = client.call("pair", number=SHOP[1:])
        linked = simulator.post("/code", number=SHOP, code=code)
        client.event("connected")
        assert client.call("me")["jid"] == linked["jid"]


def test_texts_go_both_ways_and_are_confirmed(
    simulator: SimulatorProcess, shop: RealClient
) -> None:
    (said,) = say(simulator, CUSTOMER, SHOP, "Tem o Fusca?")
    question = shop.event("message", id=said)
    assert question["text"] == "Tem o Fusca?"
    assert question["senderAlt"] == f"{CUSTOMER[1:]}@s.whatsapp.net"
    for text in ("Tem, sim.", "Venha ver."):
        sent = shop.call("send", to=question["chat"], text=text)
        shop.event("receipt", type="DELIVERED", ids=[sent["id"]])
    messages = received(simulator, CUSTOMER, "Tem, sim.", "Venha ver.")
    assert [message["from"] for message in messages] == [SHOP, SHOP]
    say(simulator, CUSTOMER, SHOP, "Já vou!")
    shop.event("message", text="Já vou!")
    wait_until(lambda: everything_acknowledged(simulator, SHOP))
    assert simulator.get("/stats")["refusals"] == {}


def test_a_customer_can_be_written_to_first_by_number(
    simulator: SimulatorProcess, shop: RealClient
) -> None:
    simulator.post("/accounts", number=CUSTOMER)
    assert shop.call("knows", number=CUSTOMER[1:])["in"]
    shop.call("send", to=f"{CUSTOMER[1:]}@s.whatsapp.net", text="Bom dia")
    received(simulator, CUSTOMER, "Bom dia")


def test_what_was_said_while_the_client_was_down_comes_when_it_is_back(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    store = tmp_path / "shop.db"
    with running_client(simulator, store) as client:
        scan(simulator, client, SHOP)
        say(simulator, CUSTOMER, SHOP, "antes")
        client.event("message", text="antes")
        wait_until(lambda: everything_acknowledged(simulator, SHOP))
    say(simulator, CUSTOMER, SHOP, "fora", count=5)
    with running_client(simulator, store) as client:
        client.event("offline_done")
        client.event("message", text="fora 5")
        texts = [event["text"] for event in client.events if event["event"] == "message"]
        assert texts == [f"fora {number}" for number in range(1, 6)]
        wait_until(lambda: everything_acknowledged(simulator, SHOP))


def test_own_devices_get_copies_of_what_one_of_them_sends(
    simulator: SimulatorProcess, shop: RealClient, tmp_path: Path
) -> None:
    with running_client(simulator, tmp_path / "second.db") as second:
        scan(simulator, second, SHOP)
        say(simulator, CUSTOMER, SHOP, "oi")
        chat = shop.event("message", text="oi")["chat"]
        assert second.event("message", text="oi")["chat"] == chat
        shop.call("send", to=chat, text="olá")
        copy = second.event("message", text="olá")
        assert (copy["fromMe"], copy["chat"]) == (True, chat)
        received(simulator, CUSTOMER, "olá")
        own = received(simulator, SHOP, "oi", "olá")
        assert (own[1]["fromMe"], own[1]["from"]) == (True, SHOP)


def test_a_simulator_that_was_killed_goes_on_where_it_was(
    simulator: SimulatorProcess, shop: RealClient
) -> None:
    say(simulator, CUSTOMER, SHOP, "antes")
    chat = shop.event("message", text="antes")["chat"]
    shop.call("send", to=chat, text="sim?")
    received(simulator, CUSTOMER, "sim?")
    seen = len(shop.events)
    simulator.end(kill=True)
    simulator.start()
    say(simulator, CUSTOMER, SHOP, "durante")
    shop.event("connected", after=seen)
    shop.event("message", text="durante")
    shop.call("send", to=chat, text="depois")
    received(simulator, CUSTOMER, "sim?", "depois")
    assert simulator.get("/stats")["refusals"] == {}


def test_a_client_whose_store_went_back_in_time_is_asked_again_and_heard(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    store, saved = tmp_path / "shop.db", tmp_path / "saved.db"
    with running_client(simulator, store) as client:
        scan(simulator, client, SHOP)
        say(simulator, CUSTOMER, SHOP, "oi")
        chat = client.event("message", text="oi")["chat"]
        client.call("send", to=chat, text="um")
        received(simulator, CUSTOMER, "um")
        with closing(sqlite3.connect(store)) as source, closing(sqlite3.connect(saved)) as target:
            source.backup(target)
        client.call("send", to=chat, text="dois")
        received(simulator, CUSTOMER, "um", "dois")
    with running_client(simulator, saved) as client:
        client.event("connected")
        sent = client.call("send", to=chat, text="três")
        client.event("receipt", type="DELIVERED", ids=[sent["id"]])
        received(simulator, CUSTOMER, "um", "dois", "três")
        assert simulator.get("/stats")["refusals"]["enc-counter"] >= 1


def test_a_client_that_lost_its_sessions_asks_again_and_hears(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    store = tmp_path / "shop.db"
    with running_client(simulator, store) as client:
        scan(simulator, client, SHOP)
        say(simulator, CUSTOMER, SHOP, "oi")
        chat = client.event("message", text="oi")["chat"]
        client.call("send", to=chat, text="um")
        received(simulator, CUSTOMER, "um")
    with closing(sqlite3.connect(store)) as database, database:
        assert database.execute("DELETE FROM whatsmeow_sessions").rowcount > 0
    with running_client(simulator, store) as client:
        client.event("connected")
        say(simulator, CUSTOMER, SHOP, "ainda?")
        client.event("undecryptable")
        client.event("message", text="ainda?")
        client.call("send", to=chat, text="ainda.")
        received(simulator, CUSTOMER, "um", "ainda.")
