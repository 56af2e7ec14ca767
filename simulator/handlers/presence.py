"""`<presence>` and `<chatstate>`: who is there, and who is typing."""

from typing import TYPE_CHECKING

from simulator.handlers.senders import device_of, phone_of
from simulator.nodes import GROUP_SERVER, MalformedError, Node
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
    if kind not in ("subscribe", "unsubscribe"):
        raise MalformedError(f"<presence type={kind}> means nothing")
    other = presence.jid("to")
    phone = connection.server.accounts.of(other)
    number = phone.number if phone else None
    if kind == "unsubscribe":
        connection.followed.pop(number or "", None)
        return None
    if number is not None:
        connection.followed[number] = other
    return connection.server.presences.told(number, other)


def _chatstate(connection: "Connection", state: Node) -> None:
    phone_of(connection)
    server, sender = connection.server, device_of(connection).jid
    in_group = state.jid("to").server == GROUP_SERVER
    if connection.available:  # nobody sees who types and is not there
        (server.group_exchange if in_group else server.exchange).chatstate(sender, state)
