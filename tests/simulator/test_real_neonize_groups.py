"""The unmodified neonize in groups, both ways, with members' phones and a second device."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.simulator.real.acting import everything_acknowledged, received, say, scan
from tests.simulator.real.client_process import RealClient, running_client
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

SHOP, ANA, BIA, CAIO = "+5511987654321", "+5521912345671", "+5521912345672", "+5521912345673"


@pytest.fixture
def shop(simulator: SimulatorProcess, tmp_path: Path) -> Iterator[RealClient]:
    with running_client(simulator, tmp_path / "shop.db") as client:
        scan(simulator, client, SHOP)
        yield client


def group_of(simulator: SimulatorProcess, *members: str) -> str:
    return str(simulator.post("/groups", subject="Carros", members=list(members))["jid"])


def lid_of(simulator: SimulatorProcess, number: str) -> str:
    return str(simulator.post("/accounts", number=number)["lid"]) + "@lid"


def test_what_members_write_is_read_with_group_and_author(
    simulator: SimulatorProcess, shop: RealClient
) -> None:
    group = group_of(simulator, ANA, BIA, SHOP)
    assert "Carros" in shop.event("joined_group")["text"]
    for member in (ANA, BIA):
        for text in (f"oi de {member}", f"e aí? {member}"):
            (said,) = say(simulator, member, group, text)
            event = shop.event("message", id=said, text=text)
            assert (event["chat"], event["isGroup"], event["fromMe"]) == (group, True, False)
            assert event["sender"] == lid_of(simulator, member)
            assert event["senderAlt"] == f"{member[1:]}@s.whatsapp.net"
    wait_until(lambda: everything_acknowledged(simulator, SHOP))
    receipts = simulator.get(f"/receipts?number={ANA[1:]}")["receipts"]
    assert {each["from"] for each in receipts} == {BIA, SHOP}
    assert not [event for event in shop.events if event["event"] == "undecryptable"]
    assert simulator.get("/stats")["refusals"] == {}


def test_what_is_sent_to_a_group_is_decrypted_by_every_member_and_confirmed(
    simulator: SimulatorProcess, shop: RealClient, tmp_path: Path
) -> None:
    group = group_of(simulator, SHOP, ANA, BIA)
    for text in ("Chegou o Onix", "Venham ver"):
        sent = shop.call("send", to=group, text=text)
        for member in (ANA, BIA):
            told = shop.event("receipt", ids=[sent["id"]], sender=lid_of(simulator, member))
            assert (told["type"], told["chat"]) == ("DELIVERED", group)
    for member in (ANA, BIA):
        messages = received(simulator, member, "Chegou o Onix", "Venham ver")
        assert {(each["group"], each["from"]) for each in messages} == {(group, SHOP)}
    assert received(simulator, SHOP, "Chegou o Onix", "Venham ver")[0]["fromMe"]
    wait_until(lambda: everything_acknowledged(simulator, SHOP))
    assert simulator.get("/stats")["refusals"] == {}
    # whatsmeow says so where its hash of the devices is not the server's.
    assert "participant list hash" not in (tmp_path / "shop.log").read_text()


def test_a_client_that_was_linked_later_and_one_more_device_read_and_write(
    simulator: SimulatorProcess, shop: RealClient, tmp_path: Path
) -> None:
    group = group_of(simulator, SHOP, ANA)
    shop.call("send", to=group, text="antes")
    received(simulator, ANA, "antes")
    with running_client(simulator, tmp_path / "second.db") as second:
        scan(simulator, second, SHOP)
        say(simulator, ANA, group, "para dois")
        for client in (shop, second):
            client.event("message", text="para dois", chat=group)
        second.call("send", to=group, text="do segundo")
        assert shop.event("message", text="do segundo", chat=group)["fromMe"]
        received(simulator, ANA, "antes", "do segundo")
        say(simulator, SHOP, group, "do telefone")
        for client in (shop, second):
            assert client.event("message", text="do telefone", chat=group)["fromMe"]
        assert simulator.get("/stats")["refusals"] == {}


def test_who_joins_reads_what_is_sent_from_then_on_and_who_left_does_not(
    simulator: SimulatorProcess, shop: RealClient
) -> None:
    group = group_of(simulator, ANA, SHOP, BIA)
    shop.call("send", to=group, text="um")
    for change in ({"remove": [BIA]}, {"add": [CAIO]}):
        seen = len(shop.events)
        simulator.post("/groups/change", group=group, **change)
        shop.event("group_changed", after=seen)
    shop.call("send", to=group, text="dois")
    received(simulator, ANA, "um", "dois")
    received(simulator, BIA, "um")
    received(simulator, CAIO, "dois")
    say(simulator, CAIO, group, "cheguei")
    shop.event("message", text="cheguei", sender=lid_of(simulator, CAIO))
    assert simulator.get("/stats")["refusals"] == {}


def test_a_client_that_lost_the_members_keys_asks_for_them(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    store = tmp_path / "shop.db"
    group = group_of(simulator, ANA, SHOP)
    with running_client(simulator, store) as client:
        scan(simulator, client, SHOP)
        say(simulator, ANA, group, "oi")
        client.event("message", text="oi")
        wait_until(lambda: everything_acknowledged(simulator, SHOP))
    with closing(sqlite3.connect(store)) as database, database:
        assert database.execute("DELETE FROM whatsmeow_sender_keys").rowcount > 0
    with running_client(simulator, store) as client:
        client.event("connected")
        (said,) = say(simulator, ANA, group, "ainda?")
        client.event("undecryptable")
        assert client.event("message", id=said)["text"] == "ainda?"
        say(simulator, ANA, group, "sim")
        client.event("message", text="sim", chat=group)


def test_a_client_that_begins_with_a_new_key_is_heard(
    simulator: SimulatorProcess, tmp_path: Path
) -> None:
    store = tmp_path / "shop.db"
    group = group_of(simulator, ANA, SHOP)
    with running_client(simulator, store) as client:
        scan(simulator, client, SHOP)
        client.call("send", to=group, text="um")
        received(simulator, ANA, "um")
    with closing(sqlite3.connect(store)) as database, database:
        assert database.execute("DELETE FROM whatsmeow_sender_keys").rowcount > 0
    with running_client(simulator, store) as client:
        client.event("connected")
        client.call("send", to=group, text="dois")
        received(simulator, ANA, "um", "dois")


def test_a_group_that_one_is_not_in_is_not_written_to(
    simulator: SimulatorProcess, shop: RealClient
) -> None:
    strangers = group_of(simulator, ANA, BIA)
    with pytest.raises(RuntimeError, match="not participating in that group"):
        shop.call("send", to=strangers, text="oi")
    with pytest.raises(RuntimeError, match="that group does not exist"):
        shop.call("send", to="120363999999999999@g.us", text="oi")
