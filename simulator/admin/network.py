"""`/queue`, `/drop`, `/stats`, `/healthz`: the server and the lines to it."""

from simulator import stats
from simulator.admin.base import AdminHandler, ComplaintError
from simulator.connection import Connection
from simulator.nodes import node

DROPS = ("fin", "rst", "503")


class Health(AdminHandler):
    """Whether the simulator runs."""

    def get(self) -> None:
        """Say so."""
        self.answer(status="ok")


class Queue(AdminHandler):
    """What the server knows of the stanzas for a number's devices."""

    def get(self) -> None:
        """List those of class message, receipt and notification, acknowledged ones first."""
        stanzas = [
            {"device": str(device.number_jid), **line}
            for device in self.server.devices.linked(self.asked_number())
            for line in self.server.delivery.mailbox(device).log()
        ]
        self.answer(stanzas=stanzas)


class Drop(AdminHandler):
    """A line breaks."""

    def post(self) -> None:
        """Break the connections of a number's devices, or all."""
        body = self.body()
        how = body.get("how", "fin")
        if how not in DROPS:
            raise ComplaintError(400, f'"how" is one of {", ".join(DROPS)}.')
        number = self.phone(body, "number").number if "number" in body else None
        dropped = self.server.connections.all(number)
        for connection in dropped:
            _drop(connection, how)
        self.answer(dropped=len(dropped))


class Stats(AdminHandler):
    """What the simulator has done."""

    def get(self) -> None:
        """Tell the counts since the start, and what the process takes."""
        server = self.server
        self.answer(
            connections=len(server.connections),
            logins=server.stats.logins,
            stanzasIn=server.stats.stanzas_in,
            stanzasOut=server.stats.stanzas_out,
            refusals=dict(server.refusals.counts),
            cpuSeconds=round(stats.cpu_seconds(), 3),
            rssBytes=stats.resident_bytes(),
        )


def _drop(connection: Connection, how: str) -> None:
    if how == "503":
        connection.end(node("stream:error", {"code": 503}))
    else:
        connection.abort(reset=how == "rst")
