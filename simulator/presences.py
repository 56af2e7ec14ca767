"""Who is online: linked devices that say so, and phones as the admin API has it."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.nodes import Attrs, Jid, Node, node

if TYPE_CHECKING:
    from simulator.server import Server


@dataclass(frozen=True)
class Presence:
    """Of a phone."""

    online: bool
    last_seen: int | None
    """Unix time in seconds; None: its owner hides it, or it never was online."""


class Presences:
    """Of all accounts; forgotten when the simulator ends."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._phones: dict[str, Presence] = {}

    def put(self, number: str, *, online: bool, hidden: bool = False) -> None:
        """Let a number's phone come or go; who follows it, and is available, hears of it."""
        last_seen = None if online or hidden else int(time.time())
        self._phones[number] = Presence(online, last_seen)
        for connection in self._server.connections.all():
            address = connection.followed.get(number)
            if address is not None and connection.available:
                connection.send(self.told(number, address))

    def is_online(self, number: str) -> bool:
        """Tell whether others see the number online, by its phone or a linked device."""
        phone = self._phones.get(number)
        devices = self._server.connections.all(number)
        return (phone is not None and phone.online) or any(each.available for each in devices)

    def told(self, number: str | None, address: Jid) -> Node:
        """Return what somebody hears of a number who knows it by this address."""
        if number is not None and self.is_online(number):
            return node("presence", {"from": address})
        phone = self._phones.get(number or "")
        last = phone.last_seen if phone else None
        attrs: Attrs = {
            "from": address,
            "type": "unavailable",
            "last": "deny" if last is None else last,
        }
        return node("presence", attrs)
