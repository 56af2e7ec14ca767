"""`<presence>` and `<chatstate>`: who is there, and who is typing."""

from typing import TYPE_CHECKING

from simulator.handlers.senders import device_of, phone_of
from simulator.nodes import GROUP_SERVER, Jid, MalformedError, Node, node
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection


def register(router: Router) -> None:
    """Plug in."""
    router.on("presence", _presence)
    router.on("chatstate", _chatstate)


def _presence(connection: "Connection", presence: Node) -> Node | None:
    device_of(connection)
    kind = str(presence.attrs.get("type", "available"))
    if kind in ("available", "unavailable"):
        connection.available = kind == "available"
        return None
    if kind == "unsubscribe":
        return None
    if kind != "subscribe":
        raise MalformedError(f"<presence type={kind}> means nothing")
    other = presence.jid("to")
    there = _is_available(connection, other)
    last = None if there else "deny"
    attrs = {"from": other, "type": None if there else "unavailable", "last": last}
    return node("presence", attrs)


def _is_available(connection: "Connection", jid: Jid) -> bool:
    phone = connection.server.accounts.of(jid)
    connections = connection.server.connections.all(phone.number) if phone else []
    return any(other.available for other in connections)


def _chatstate(connection: "Connection", state: Node) -> None:
    phone_of(connection)
    server, sender = connection.server, device_of(connection).jid
    in_group = state.jid("to").server == GROUP_SERVER
    (server.group_exchange if in_group else server.exchange).chatstate(sender, state)
