"""Whatever dies, or only stops: its end is reported once, and nothing is left behind."""

from __future__ import annotations

import multiprocessing.forkserver
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.whatsapp import probes
from tests.whatsapp.conftest import worker_processes
from tests.whatsapp.linking import Linked, link, say, start
from tests.whatsapp.processes import is_alive
from whatsapp import exit_codes, starter, worker_process
from whatsapp.clients import WorkerClients
from whatsapp.folder import EmpresaFolder
from whatsapp.hosted_client import MAX_UNREAD_BYTES
from whatsapp.port import ClientStarted, Journalled, LinkUp, QrShown

Number = Callable[[], str]


def forkserver_pid(worker: Linked) -> int:
    return psutil.Process(worker.pid).ppid()


def test_a_killed_worker_is_reported_and_its_neighbour_notices_nothing(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    one, two = (link(clients, simulator, empresa_id, number()) for empresa_id in (1, 2))
    before = len(two.reports.of(LinkUp))
    os.kill(one.pid, signal.SIGKILL)
    assert (one.ended().exit_code, one.ended().cause) == (-9, None)
    again = start(clients, 1, one.number)
    assert again.reports.wait_for(LinkUp).phone_number == one.number
    say(simulator, two.number, "oi")
    assert two.reports.wait_for(Journalled).data["text"] == "oi"
    assert len(two.reports.of(LinkUp)) == before


def test_a_killed_worker_has_lost_nothing_that_was_journalled(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    say(simulator, shop.number, "oi")
    entry = shop.reports.wait_for(Journalled)
    os.kill(shop.pid, signal.SIGKILL)
    shop.ended()
    assert clients.unconfirmed(5, 0, 10) == [entry]
    again = start(clients, 5, shop.number)
    assert again.reports.wait_for(Journalled) == entry


def test_a_stopped_worker_that_is_to_end_is_killed_after_its_grace(
    clients: WorkerClients, number: Number
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    os.kill(shop.pid, signal.SIGSTOP)
    shop.client.end()
    assert shop.ended().exit_code == -9


def test_a_worker_that_does_not_read_is_killed(clients: WorkerClients, number: Number) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    os.kill(shop.pid, signal.SIGSTOP)
    for entry_id in range(1, MAX_UNREAD_BYTES // 10):
        shop.client.confirm(entry_id)
    end = shop.ended()
    assert end.exit_code == -9
    assert "unread" in end.detail


def test_a_killed_forkserver_takes_its_workers_along_and_the_next_start_gets_another(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shops = [link(clients, simulator, empresa_id, number()) for empresa_id in (1, 2)]
    forkserver = forkserver_pid(shops[0])
    os.kill(forkserver, signal.SIGKILL)
    for shop in shops:
        end = shop.ended()
        assert (end.exit_code, end.cause) == (-9, "forkserver_died")
        assert not is_alive(shop.pid)
    again = start(clients, 1, shops[0].number)
    again.reports.wait_for(LinkUp)
    assert forkserver_pid(again) != forkserver
    assert clients.trouble() is None


def test_a_forkserver_that_had_lived_is_launched_again_before_anybody_needs_it(
    clients: WorkerClients, number: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starter, "_WORTH_REVIVING_SECONDS", 0.0)
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    dead = forkserver_pid(shop)
    os.kill(dead, signal.SIGKILL)
    shop.ended()
    wait_until(lambda: [p.pid for p in worker_processes() if p.pid != dead])
    assert clients.trouble() is None


def test_a_stopped_forkserver_is_named_and_continued_when_it_is_needed(
    clients: WorkerClients, number: Number
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    os.kill(forkserver_pid(shop), signal.SIGSTOP)
    wait_until(lambda: "stopped" in (clients.trouble() or ""))
    late = start(clients, 6, number())
    late.reports.wait_for(QrShown)
    assert is_alive(shop.pid)
    assert forkserver_pid(late) == forkserver_pid(shop)
    assert clients.trouble() is None


def test_a_request_that_breaks_off_harms_nobody(clients: WorkerClients, number: Number) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    forkserver = forkserver_pid(shop)
    with socket.socket(socket.AF_UNIX) as caller:
        caller.connect(multiprocessing.forkserver._forkserver._forkserver_address)  # type: ignore[attr-defined]
    start(clients, 6, number()).reports.wait_for(QrShown)
    assert is_alive(shop.pid)
    assert is_alive(forkserver)


def test_a_start_without_descriptors_is_refused_and_harms_nobody(
    clients: WorkerClients, number: Number, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    before = psutil.Process().num_fds()
    with monkeypatch.context() as without:
        without.setattr(worker_process, "START_DESCRIPTORS", 10**9)
        end = start(clients, 6, number()).ended()
    assert end.exit_code is None
    assert "Too many open files" in end.detail
    assert psutil.Process().num_fds() == before
    start(clients, 6, number()).reports.wait_for(QrShown)
    assert is_alive(shop.pid)


def test_a_forkserver_without_its_preload_is_refused_by_its_workers(
    open_clients: Callable[[], WorkerClients], monkeypatch: pytest.MonkeyPatch, number: Number
) -> None:
    monkeypatch.setattr("whatsapp.forkserver.PRELOAD", ["whatsapp.no_such_module"])
    shop = start(open_clients(), 5, number())
    assert shop.ended().exit_code == exit_codes.NOT_FORKED_IN_ORDER


@pytest.mark.parametrize("misbehave", ["send_garbage", "send_a_command"])
def test_a_worker_that_sends_what_it_must_not_is_killed(
    clients: WorkerClients, monkeypatch: pytest.MonkeyPatch, number: Number, misbehave: str
) -> None:
    monkeypatch.setattr("whatsapp.worker_process.enter_worker", getattr(probes, misbehave))
    end = start(clients, 5, number()).ended()
    assert end.exit_code == -9
    assert "no report" in end.detail


def test_a_folder_that_another_process_uses_is_left_alone(
    clients: WorkerClients, auth_dir: Path, number: Number
) -> None:
    with EmpresaFolder(auth_dir, 5).locked():
        shop = start(clients, 5, number())
        end = shop.ended()
    assert end.exit_code == exit_codes.FOLDER_IN_USE
    assert shop.reports.of(ClientStarted) == []
