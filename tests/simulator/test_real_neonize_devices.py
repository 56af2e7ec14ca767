"""How the real neonize fares as one of an account's devices: names, receipts, unlinking, bursts."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.simulator.real.acting import received, say, scan
from tests.simulator.real.client_process import RealClient, running_client
from tests.simulator.real.process import Event
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until


@dataclass
class Shop:
    number: str
    store: Path
    client: RealClient


@pytest.fixture
def shop(shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path) -> Iterator[Shop]:
    of, store = number(), tmp_path / "shop.db"
    with running_client(shared, store) as client:
        scan(shared, client, of)
        yield Shop(of, store, client)


def devices(simulator: SimulatorProcess, number: str) -> list[Event]:
    listed: list[Event] = simulator.get(f"/devices?number={number[1:]}")["devices"]
    return listed


def test_a_name_set_by_one_device_is_the_accounts_and_reaches_the_others(
    shared: SimulatorProcess, shop: Shop, tmp_path: Path
) -> None:
    with running_client(shared, tmp_path / "second.db") as second:
        scan(shared, second, shop.number)
        wait_until(lambda: shop.client.call("me")["name"] == "Loja")
        shop.client.call("rename", name="Loja Nova")
        wait_until(lambda: second.call("me")["name"] == "Loja Nova")
    assert shared.post("/accounts", number=shop.number)["name"] == "Loja Nova"


def test_receipts_and_typing_go_both_ways(
    shared: SimulatorProcess, shop: Shop, number: Callable[[], str]
) -> None:
    customer = number()
    (asked,) = say(shared, customer, shop.number, "oi")
    chat = shop.client.event("message", text="oi")["chat"]
    sent = shop.client.call("send", to=chat, text="olá")
    shared.post("/mark-read", by=customer, of=shop.number, ids=[sent["id"]])
    shop.client.event("receipt", type="READ", ids=[sent["id"]])
    shop.client.call("available")
    shared.post("/type", **{"from": customer}, to=shop.number)
    shop.client.event("typing", sender=chat)
    shop.client.call("read", chat=chat, ids=[asked])

    def was_read() -> bool:
        receipts = shared.get(f"/receipts?number={customer[1:]}")["receipts"]
        return any(one["type"] == "read" and asked in one["ids"] for one in receipts)

    wait_until(was_read)


def test_a_device_that_logs_out_is_forgotten_and_another_takes_its_place(
    shared: SimulatorProcess, shop: Shop, number: Callable[[], str], tmp_path: Path
) -> None:
    customer = number()
    say(shared, customer, shop.number, "oi")
    chat = shop.client.event("message", text="oi")["chat"]
    shop.client.call("logout")
    assert devices(shared, shop.number) == []
    with running_client(shared, tmp_path / "next.db") as client:
        scan(shared, client, shop.number)
        say(shared, customer, shop.number, "de novo")
        assert client.event("message", text="de novo")["chat"] == chat
        client.call("send", to=chat, text="aqui")
        received(shared, customer, "aqui")


def test_a_device_that_its_owner_removes_is_told_so_at_once(
    shared: SimulatorProcess, shop: Shop
) -> None:
    shared.post("/remove", number=shop.number)
    shop.client.event("logged_out")
    assert devices(shared, shop.number) == []


def test_a_device_that_was_removed_while_away_is_told_so_when_it_comes(
    shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path
) -> None:
    of, store = number(), tmp_path / "shop.db"
    with running_client(shared, store) as client:
        scan(shared, client, of)
    shared.post("/remove", number=of)
    with running_client(shared, store) as client:
        client.event("logged_out")


def test_two_shops_write_to_one_another(
    shared: SimulatorProcess, shop: Shop, number: Callable[[], str], tmp_path: Path
) -> None:
    of = number()
    with running_client(shared, tmp_path / "other.db") as other:
        scan(shared, other, of)
        assert shop.client.call("knows", number=of)["in"]
        shop.client.call("send", to=f"{of[1:]}@s.whatsapp.net", text="Tem o Gol?")
        chat = other.event("message", text="Tem o Gol?")["chat"]
        for text in ("Tenho.", "Quer?"):
            other.call("send", to=chat, text=text)
            shop.client.event("message", text=text)
        received(shared, of, "Tem o Gol?", "Tenho.", "Quer?")


@pytest.mark.parametrize("how", ["fin", "rst", "503"])
def test_a_dropped_connection_loses_nothing(
    shared: SimulatorProcess, shop: Shop, number: Callable[[], str], how: str
) -> None:
    customer = number()
    say(shared, customer, shop.number, "antes")
    seen = len(shop.client.events)
    chat = shop.client.event("message", text="antes")["chat"]
    shared.post("/drop", number=shop.number, how=how)
    say(shared, customer, shop.number, "durante")
    shop.client.event("connected", after=seen)
    shop.client.event("message", text="durante")
    shop.client.call("send", to=chat, text="depois")
    received(shared, customer, "depois")


def test_bursts_that_cross_all_arrive_once(
    shared: SimulatorProcess, shop: Shop, number: Callable[[], str]
) -> None:
    """Should the library use a key twice, the phone asks again: so nothing is lost on its side."""
    customer, count = number(), 20
    say(shared, customer, shop.number, "oi")
    chat = shop.client.event("message", text="oi")["chat"]
    sent = []
    for round_ in range(count):
        say(shared, customer, shop.number, f"lote {round_}", count=5)
        sent.append(f"resposta {round_}")
        shop.client.call("send", to=chat, text=sent[-1])

    def arrived() -> list[str]:
        messages = shared.get(f"/received?number={customer[1:]}")["messages"]
        return sorted(message["text"] for message in messages)

    wait_until(lambda: len(arrived()) >= count)
    assert arrived() == sorted(sent)
    shop.client.event("message", text=f"lote {count - 1} 5")


def test_a_device_that_lost_the_app_states_key_asks_its_phone_for_it(
    shared: SimulatorProcess, number: Callable[[], str], tmp_path: Path
) -> None:
    of, store = number(), tmp_path / "shop.db"
    with running_client(shared, store) as client:
        scan(shared, client, of)
        wait_until(lambda: client.call("me")["name"] == "Loja")
    with closing(sqlite3.connect(store)) as database, database:
        assert database.execute("DELETE FROM whatsmeow_app_state_sync_keys").rowcount == 1
    with running_client(shared, store) as client, running_client(shared, tmp_path / "2") as second:
        client.event("connected")
        scan(shared, second, of)
        wait_until(lambda: second.call("me")["name"] == "Loja")
        second.call("rename", name="Loja Nova")
        wait_until(lambda: client.call("me")["name"] == "Loja Nova")
