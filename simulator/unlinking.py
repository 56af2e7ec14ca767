"""The end of a linked device."""

from typing import TYPE_CHECKING

from simulator.devices import Device
from simulator.nodes import node

if TYPE_CHECKING:
    from simulator.connection import Connection
    from simulator.server import Server

#: A device that unlinks itself hangs up; one that has not by then is sent away.
HANG_UP_SECONDS = 1.0


def unlink(server: "Server", device: Device) -> None:
    """Remove a device at its owner's wish, and tell it if it is there."""
    connection = server.connections.of(device)
    _forget(server, device)
    if connection:
        _send_away(connection)


def unlink_itself(connection: "Connection", device: Device) -> None:
    """Remove the device that asks for it."""
    _forget(connection.server, device)
    connection.later(HANG_UP_SECONDS, lambda: _send_away(connection))


def _forget(server: "Server", device: Device) -> None:
    with server.records.transaction():
        server.devices.remove(device)
        server.prekeys.forget(device)
        server.delivery.forget(device)
        phone = server.accounts.get(device.number)
        if phone:
            phone.forget_device(device.jid)
        server.announcements.removed(device)


def _send_away(connection: "Connection") -> None:
    conflict = node("conflict", {"type": "device_removed"})
    connection.end(node("stream:error", {"code": 401}, [conflict]))
