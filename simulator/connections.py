"""Who is connected."""

from typing import TYPE_CHECKING

from simulator.nodes import node

if TYPE_CHECKING:
    from simulator.connection import Connection
    from simulator.devices import Device


class Connections:
    """All open connections, and which of them is a device's."""

    def __init__(self) -> None:
        self._open: set[Connection] = set()
        self._of_device: dict[str, Connection] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: "Connection") -> None:
        """Take note of a new connection."""
        self._open.add(connection)

    def log_in(self, connection: "Connection", device: "Device") -> None:
        """Make a connection the device's; one that it had before is replaced."""
        former = self._of_device.get(device.key)
        connection.device = device
        self._of_device[device.key] = connection
        if former:
            conflict = node("conflict", {"type": "replaced"})
            former.end(node("stream:error", None, [conflict]))

    def remove(self, connection: "Connection") -> None:
        """Take note that a connection is gone."""
        self._open.discard(connection)
        device = connection.device
        if device and self._of_device.get(device.key) is connection:
            del self._of_device[device.key]

    def of(self, device: "Device") -> "Connection | None":
        """Return the connection on which a device is logged in, or None."""
        return self._of_device.get(device.key)

    def all(self, number: str | None = None) -> "list[Connection]":
        """Return all connections, or those of one number's devices."""
        if number is None:
            return list(self._open)
        return [c for c in self._open if c.device and c.device.number == number]
