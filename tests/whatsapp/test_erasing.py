"""Erasing what is stored of an empresa, with the real neonize in real workers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.whatsapp.linking import link, say, start
from whatsapp import clients as clients_module
from whatsapp.clients import WorkerClients
from whatsapp.folder import FolderInUseError
from whatsapp.port import Journalled, LinkUp, QrShown


def test_nothing_of_an_erased_empresa_is_left_and_it_begins_anew_with_a_qr(
    clients: WorkerClients, simulator: SimulatorProcess, number: Callable[[], str], auth_dir: Path
) -> None:
    shop, other = link(clients, simulator, 5, number()), link(clients, simulator, 55, number())
    say(simulator, shop.number, "oi")
    shop.reports.wait_for(Journalled)
    shop.client.end()
    shop.ended()
    clients.erase(5)
    clients.erase(5)
    assert sorted(path.name for path in auth_dir.iterdir()) == ["empresa_55", "server.lock"]
    assert not clients.is_linked(5)
    assert clients.unconfirmed(5, 0, 10) == []
    assert clients.is_linked(55)
    assert len(other.reports.of(LinkUp)) == 1
    again = start(clients, 5, shop.number)
    again.reports.wait_for(QrShown)
    again.client.end()
    again.ended()


def test_an_empresa_whose_client_runs_is_not_erased(
    clients: WorkerClients,
    simulator: SimulatorProcess,
    number: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clients_module, "_FOLDER_SECONDS", 0.1)
    link(clients, simulator, 5, number())
    with pytest.raises(FolderInUseError):
        clients.erase(5)
    assert clients.is_linked(5)
