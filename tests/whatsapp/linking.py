"""What a person does with a phone, against a client under test."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.whatsapp.reports import Reports
from whatsapp.clients import WorkerClients
from whatsapp.port import Client, ClientEnded, ClientSpec, ClientStarted, LinkUp, QrShown

CUSTOMER = "+5521988880001"


@dataclass
class Linked:
    """A client that is logged in."""

    client: Client
    reports: Reports
    number: str

    @property
    def pid(self) -> int:
        return self.reports.wait_for(ClientStarted).pid

    def ended(self) -> ClientEnded:
        return self.reports.wait_for(ClientEnded)


def scan(simulator: SimulatorProcess, reports: Reports, number: str) -> None:
    """The phone with this number scans the first QR."""
    png = reports.wait_for(QrShown).png
    simulator.post("/scan", number=number, image=base64.b64encode(png).decode())


def start(clients: WorkerClients, empresa_id: int, number: str) -> Linked:
    """A client of an empresa, whatever becomes of it."""
    reports = Reports()
    return Linked(clients.start(ClientSpec(empresa_id), reports), reports, number)


def link(
    clients: WorkerClients, simulator: SimulatorProcess, empresa_id: int, number: str
) -> Linked:
    """A client of an empresa, paired by QR and logged in."""
    linked = start(clients, empresa_id, number)
    scan(simulator, linked.reports, number)
    linked.reports.wait_for(LinkUp)
    return linked


def say(simulator: SimulatorProcess, number: str, text: str) -> str:
    """A customer writes to the shop; the id of the message."""
    (message_id,) = simulator.post("/say", **{"from": CUSTOMER, "to": number, "text": text})["ids"]
    return str(message_id)


def say_often(simulator: SimulatorProcess, number: str, text: str, count: int) -> list[str]:
    """The same so often, numbered from 1, in quick succession; their ids."""
    what = {"from": CUSTOMER, "to": number, "text": text, "count": count}
    ids: list[str] = simulator.post("/say", **what)["ids"]
    return ids
