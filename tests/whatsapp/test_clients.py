"""The port, as a session uses it: the real neonize in real workers, against the simulator."""

from __future__ import annotations

import base64
import re
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.whatsapp.linking import CUSTOMER, link, say, say_often, scan, start
from tests.whatsapp.reports import Reports
from whatsapp.clients import AuthDirInUseError, WorkerClients
from whatsapp.port import (
    Client,
    ClientEnded,
    ClientSpec,
    ClientStarted,
    Journalled,
    LinkChecked,
    LinkDown,
    LinkUp,
    LoggedOut,
    LogoutDone,
    Paired,
    PairingCodeShown,
    PairingFailed,
    QrShown,
    Replaced,
)

Number = Callable[[], str]


def test_a_qr_is_scanned_and_the_client_is_up_with_its_own_number(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number, auth_dir: Path
) -> None:
    shop = number()
    shown = start(clients, 5, shop)
    assert not shown.reports.wait_for(ClientStarted).linked
    qr = shown.reports.wait_for(QrShown)
    assert qr.attempt == 1
    assert abs(qr.expires_at - datetime.now(UTC) - timedelta(seconds=60)) < timedelta(seconds=5)
    assert not clients.is_linked(5)
    scan(simulator, shown.reports, shop)
    paired, up = shown.reports.wait_for(Paired), shown.reports.wait_for(LinkUp)
    (device,) = simulator.get(f"/devices?number={shop.replace('+', '%2B')}")["devices"]
    assert paired.phone_number == up.phone_number == shop
    assert paired.lid == up.lid
    assert up.lid is not None
    assert up.lid.endswith("@lid")
    assert device["online"]
    assert device["platform"] == "VendeAI"
    assert clients.is_linked(5)
    folder = auth_dir / "empresa_5"
    (store,) = folder.glob("store-*")
    # The pragmas came in through the database's name, which neonize hands on as it is.
    with closing(sqlite3.connect(store / "whatsmeow.db")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_code_is_typed_and_the_client_is_up_without_a_qr(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop, reports = number(), Reports()
    clients.start(ClientSpec(5, pairing_phone=shop), reports)
    shown = reports.wait_for(PairingCodeShown)
    assert re.fullmatch(r"[1-9A-HJ-NP-Z]{4}-[1-9A-HJ-NP-Z]{4}", shown.code)
    assert shown.phone_number == shop
    left = shown.expires_at - datetime.now(UTC)
    assert timedelta(seconds=150) < left <= timedelta(seconds=160)
    simulator.post("/code", number=shop, code=shown.code)
    assert reports.wait_for(LinkUp).phone_number == shop
    assert reports.of(QrShown) == []


def test_a_number_that_whatsapp_cannot_pair_is_refused(
    clients: WorkerClients,
) -> None:
    reports = Reports()
    clients.start(ClientSpec(5, pairing_phone="+123"), reports)
    assert reports.wait_for(PairingFailed).reason == "pairing_refused"
    assert reports.wait_for(ClientEnded).exit_code == 0


def test_a_connection_that_is_lost_before_the_scan_is_no_expired_qr(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shown = start(clients, 5, number())
    shown.reports.wait_for(QrShown)
    simulator.post("/drop")
    assert shown.reports.wait_for(LinkDown).reason == "whatsapp_unreachable"
    assert shown.ended().exit_code == 0
    assert shown.reports.of(PairingFailed) == []


def test_a_linked_empresa_logs_in_without_a_qr(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    first = link(clients, simulator, 5, number())
    first.client.end()
    assert first.ended().exit_code == 0
    again = start(clients, 5, first.number)
    assert again.reports.wait_for(ClientStarted).linked
    assert again.reports.wait_for(LinkUp).phone_number == first.number
    assert again.reports.of(QrShown) == []


def test_texts_are_journalled_in_order_and_reported_until_they_are_confirmed(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    ids = say_often(simulator, shop.number, "oi", 30)
    entries = [shop.reports.wait_for(Journalled, times) for times in range(1, 31)]
    assert [entry.data["id"] for entry in entries] == ids
    assert [entry.data["text"] for entry in entries] == [f"oi {n}" for n in range(1, 31)]
    assert [entry.entry_id for entry in entries] == list(range(1, 31))
    assert {entry.data["chat"]["phone"] for entry in entries} == {CUSTOMER}
    shop.client.confirm(20)
    shop.client.end()
    shop.ended()
    assert [e.entry_id for e in clients.unconfirmed(5, 0, 100)] == list(range(21, 31))
    clients.confirm_stored(5, 25)
    again = start(clients, 5, shop.number)
    assert again.reports.wait_for(Journalled).entry_id == 26
    assert again.reports.wait_for(Journalled, 5).data["text"] == "oi 30"


def test_no_more_than_the_window_is_under_way_before_a_confirmation(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    say_often(simulator, shop.number, "oi", 300)
    shop.reports.wait_for(Journalled, 256)
    shop.client.end()
    shop.ended()
    assert len(shop.reports.of(Journalled)) == 256
    again = start(clients, 5, shop.number)
    again.client.confirm(again.reports.wait_for(Journalled, 256).entry_id)
    again.reports.wait_for(Journalled, 300)
    texts = [entry.data["text"] for entry in again.reports.of(Journalled)]
    assert texts == [f"oi {number}" for number in range(1, 301)]


def test_greetings_between_devices_are_no_messages(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    say(simulator, shop.number, "primeira")
    assert shop.reports.wait_for(Journalled).data["text"] == "primeira"


def test_what_was_said_while_nothing_ran_comes_with_the_next_login(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    shop.client.end()
    shop.ended()
    say(simulator, shop.number, "tem o Golf?")
    again = start(clients, 5, shop.number)
    assert again.reports.wait_for(Journalled).data["text"] == "tem o Golf?"


def test_the_link_is_looked_at_while_it_is_up(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    checked = shop.reports.wait_for(LinkChecked)
    assert 0 <= checked.silence_ms < 10_000
    assert 0 < checked.round_trip_ms < 1000


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("fin", "whatsapp_unreachable"),
        ("rst", "whatsapp_unreachable"),
        ("503", "whatsapp_unavailable"),
    ],
)
def test_a_dropped_connection_is_down_and_up_again(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number, how: str, reason: str
) -> None:
    shop = link(clients, simulator, 5, number())
    simulator.post("/drop", number=shop.number, how=how)
    assert shop.reports.wait_for(LinkDown).reason == reason
    shop.reports.wait_for(LinkUp, 2)
    say(simulator, shop.number, "ainda aí?")
    assert shop.reports.wait_for(Journalled).data["text"] == "ainda aí?"


def test_a_dial_that_fails_at_the_start_is_reported_and_the_client_ends(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    simulator.post("/faults", refuse=True)
    try:
        refused = start(clients, 5, number())
        assert refused.reports.wait_for(LinkDown).reason == "whatsapp_unreachable"
        assert refused.ended().exit_code == 0
    finally:
        simulator.post("/faults", refuse=False)


def test_a_phone_that_removes_the_device_logs_it_out(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    simulator.post("/remove", number=shop.number)
    shop.reports.wait_for(LoggedOut)
    assert shop.ended().exit_code == 0
    clients.forget(5)
    assert not clients.is_linked(5)


def test_a_device_removed_while_it_was_away_learns_it_at_the_login(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    shop.client.end()
    shop.ended()
    simulator.post("/remove", number=shop.number)
    again = start(clients, 5, shop.number)
    assert again.reports.wait_for(LoggedOut).detail == "WhatsApp refused the login"
    again.ended()


def test_a_logout_unlinks_the_phone_and_ends_the_client(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number, auth_dir: Path
) -> None:
    shop = link(clients, simulator, 5, number())
    shop.client.log_out()
    assert shop.reports.wait_for(LogoutDone).unlinked
    assert shop.ended().exit_code == 0
    assert len(shop.reports.of(LogoutDone)) == 1
    assert simulator.get(f"/devices?number={shop.number.replace('+', '%2B')}")["devices"] == []
    clients.forget(5)
    assert not clients.is_linked(5)
    assert list((auth_dir / "empresa_5").glob("store-*")) == []


def test_a_logout_that_whatsapp_cannot_hear_says_so_in_time(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    simulator.post("/faults", refuse=True)
    try:
        shop.reports.wait_for(LinkDown)
        began = datetime.now(UTC)
        shop.client.log_out()
        assert not shop.reports.wait_for(LogoutDone).unlinked
        assert datetime.now(UTC) - began < timedelta(seconds=11)
        shop.ended()
    finally:
        simulator.post("/faults", refuse=False)


def test_a_logout_of_what_was_never_linked_is_done(clients: WorkerClients, number: Number) -> None:
    shown = start(clients, 5, number())
    shown.reports.wait_for(QrShown)
    shown.client.log_out()
    assert shown.reports.wait_for(LogoutDone).unlinked
    shown.ended()


def test_the_same_credentials_used_elsewhere_replace_this_client(
    clients: WorkerClients,
    simulator: SimulatorProcess,
    number: Number,
    auth_dir: Path,
) -> None:
    shop = link(clients, simulator, 5, number())
    copy_credentials(auth_dir, 5, 6)
    other = start(clients, 6, shop.number)
    other.reports.wait_for(LinkUp)
    shop.reports.wait_for(Replaced)
    assert shop.ended().exit_code == 0


def copy_credentials(auth_dir: Path, source: int, target: int) -> None:
    """Use one empresa's credentials for another, as a careless operator could."""
    for path in (auth_dir / f"empresa_{source}").rglob("*"):
        if path.is_file() and path.name not in ("lock", "journal.db"):
            copy = auth_dir / f"empresa_{target}" / path.relative_to(auth_dir / f"empresa_{source}")
            copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())


def test_three_empresas_are_linked_at_once_and_each_hears_only_its_own(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shops = [start(clients, empresa_id, number()) for empresa_id in (1, 2, 3)]
    pictures = [shop.reports.wait_for(QrShown).png for shop in shops]
    assert len(set(pictures)) == 3
    for shop, png in zip(shops, pictures, strict=True):
        simulator.post("/scan", number=shop.number, image=base64.b64encode(png).decode())
    for shop in shops:
        assert shop.reports.wait_for(LinkUp).phone_number == shop.number
        say(simulator, shop.number, f"oi {shop.number}")
    for shop in shops:
        shop.reports.wait_for(Journalled)
        assert [e.data["text"] for e in shop.reports.of(Journalled)] == [f"oi {shop.number}"]


def test_a_client_that_is_ended_at_once_never_shows_a_qr_late(clients: WorkerClients) -> None:
    reports = Reports()
    clients.start(ClientSpec(5), reports).end()
    reports.wait_for(ClientEnded)


def test_a_client_that_is_killed_reports_nothing_but_its_end(clients: WorkerClients) -> None:
    reports = Reports()
    client = clients.start(ClientSpec(5), reports)
    reports.wait_for(QrShown)
    before = len(reports.events)
    client.kill()
    assert reports.wait_for(ClientEnded).exit_code == -9
    assert len(reports.events) == before + 1
    for act in (client.end, client.kill, client.log_out, lambda: client.confirm(1)):
        act()


def test_a_second_client_of_an_empresa_waits_until_the_first_is_gone(
    clients: WorkerClients,
) -> None:
    first, second = Reports(), Reports()
    running = clients.start(ClientSpec(5), first)
    first.wait_for(QrShown)
    waiting: Client = clients.start(ClientSpec(5), second)
    running.kill()
    first.wait_for(ClientEnded)
    second.wait_for(QrShown)
    waiting.kill()
    second.wait_for(ClientEnded)


def test_a_second_server_on_the_same_credentials_is_refused_with_a_sentence(
    clients: WorkerClients, open_clients: Callable[[], WorkerClients], auth_dir: Path
) -> None:
    with pytest.raises(AuthDirInUseError, match=re.escape(str(auth_dir))):
        open_clients()
    assert clients.trouble() is None


def test_closing_ends_every_client_and_refuses_more(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    waiting = start(clients, 6, number())
    waiting.reports.wait_for(QrShown)
    clients.close(10)
    assert [each.ended().exit_code for each in (shop, waiting)] == [0, 0]
    assert clients.trouble() is not None
    late = Reports()
    clients.start(ClientSpec(7), late)
    assert late.wait_for(ClientEnded).exit_code is None
    path = f"/devices?number={shop.number.replace('+', '%2B')}"
    wait_until(lambda: not simulator.get(path)["devices"][0]["online"])


def test_credentials_that_cannot_be_read_are_kept_and_count_as_linked(
    clients: WorkerClients, auth_dir: Path, number: Number
) -> None:
    store = auth_dir / "empresa_5" / "store-0123456789abcdef"
    store.mkdir(parents=True)
    (store / "whatsmeow.db").write_bytes(b"\0damaged" * 1000)
    assert clients.is_linked(5)
    end = start(clients, 5, number()).ended()
    assert end.cause == "journal_unwritable"
    assert (store / "whatsmeow.db").exists()
    clients.forget(5)
    assert not clients.is_linked(5)
