"""Who has sent a stanza, for handlers that only logged-in devices reach."""

from typing import TYPE_CHECKING

from simulator.devices import Device
from simulator.nodes import Jid, Node
from simulator.phone.phone import Phone

if TYPE_CHECKING:
    from simulator.connection import Connection


def device_of(connection: "Connection") -> Device:
    """Return the device on a connection that is logged in."""
    if connection.device is None:
        raise AssertionError("the router lets no stranger through")
    return connection.device


def phone_of(connection: "Connection") -> Phone:
    """Return the phone of the device on a connection that is logged in."""
    return connection.server.accounts.ensure(device_of(connection).number)


def aliases(connection: "Connection", stanza: Node, *names: str) -> set[str]:
    """Return the users, in both forms, that a stanza's attributes and its sender may stand for."""
    device = device_of(connection)
    users = {"", device.number, device.lid}
    for name in names:
        jid = stanza.attrs.get(name)
        if isinstance(jid, Jid):
            phone = connection.server.accounts.of(jid)
            users |= {phone.number, phone.lid} if phone else {jid.user}
    return users
