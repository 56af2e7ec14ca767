"""How stanzas reach linked devices: at once if they are there, else when they come."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from simulator import stages
from simulator.devices import Device
from simulator.faults import Faults
from simulator.mailbox import Entry, Mailbox
from simulator.nodes import SERVER, Node, node
from simulator.records import Records

if TYPE_CHECKING:
    from simulator.connection import Connection
    from simulator.connections import Connections

COUNTED = ("message", "receipt", "notification", "appdata", "call")


class Delivery:
    """The mailboxes of all devices and the way out of them."""

    def __init__(self, records: Records, connections: "Connections", faults: Faults) -> None:
        self._records = records
        self._connections = connections
        self._faults = faults
        self._mailboxes: dict[str, Mailbox] = {}

    def mailbox(self, device: Device) -> Mailbox:
        """Return the mailbox of a device."""
        mailbox = self._mailboxes.get(device.key)
        if mailbox is None:
            mailbox = self._mailboxes[device.key] = Mailbox(self._records, device.key)
        return mailbox

    def deliver(self, device: Device, stanza: Node) -> None:
        """Queue a stanza of class message, receipt or notification until it is acknowledged.

        It goes out after the running stanza's transaction, so that nothing is sent that a
        simulator killed in between would not remember.
        """
        self.mailbox(device).put(stanza)
        asyncio.get_running_loop().call_soon(self._flush, device)

    def tell(self, device: Device, stanza: Node) -> None:
        """Send a stanza that is worth something only now, to a device that is available."""
        connection = self._connections.of(device)
        if connection and connection.live and connection.available:
            connection.send(stanza)

    def open(self, connection: "Connection") -> None:
        """Send a device what has waited for it; from then on stanzas go out as they come."""
        device = connection.device
        if device is None or connection.live or self._connections.of(device) is not connection:
            return
        mailbox = self.mailbox(device)
        mailbox.connected_anew()
        waiting = mailbox.pending()
        if waiting:
            connection.send(_preview(waiting))
        for index, entry in enumerate(waiting):
            stanza = entry.stanza
            offline = Node(stanza.tag, stanza.attrs | {"offline": str(index)}, stanza.content)
            connection.send(offline)
            entry.sent = True
        connection.send(_ib(node("offline", {"count": len(waiting)})))
        connection.live = True
        stages.reach_live(self._faults, connection)

    def forget(self, device: Device) -> None:
        """Remove the mailbox of a device that is no more."""
        self.mailbox(device).clear()
        del self._mailboxes[device.key]

    def _flush(self, device: Device) -> None:
        connection = self._connections.of(device)
        if connection is None or not connection.live:
            return
        for entry in self.mailbox(device).unsent():
            connection.send(entry.stanza)
            entry.sent = True


def _preview(waiting: list[Entry]) -> Node:
    classes = Counter(entry.stanza.tag for entry in waiting)
    counts = {name: classes[name] for name in COUNTED}
    return _ib(node("offline_preview", {"count": len(waiting), **counts}))


def _ib(content: Node) -> Node:
    return node("ib", {"from": SERVER}, [content])
