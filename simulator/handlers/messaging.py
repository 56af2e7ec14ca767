"""`<message>` and `<receipt>` of linked devices."""

from typing import TYPE_CHECKING

from simulator.exchange import Exchange
from simulator.group_exchange import GroupExchange
from simulator.handlers.senders import aliases, device_of
from simulator.nodes import GROUP_SERVER, Node
from simulator.refusals import RefusedError
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection

#: A receipt of this type says that the message was not read: its `<ack>` follows.
RETRY = "retry"


def register(router: Router) -> None:
    """Plug in."""
    router.on("message", _message)
    router.on("receipt", _receipt)


def _message(connection: "Connection", stanza: Node) -> Node:
    stanza.text("type")
    fault = connection.server.faults.strike("ack", connection.line.number)
    if fault:
        raise RefusedError("fault", int(str(fault.options["error"])), "a fault")
    return _exchange(connection, stanza).message(device_of(connection).jid, stanza)


def _receipt(connection: "Connection", stanza: Node) -> Node:
    device = device_of(connection)
    mailbox = connection.server.delivery.mailbox(device)
    users = aliases(connection, stanza, "to", "recipient", "participant")
    more = stanza.find("list")
    items = more.children if more else []
    for number in [stanza.text("id"), *(item.text("id") for item in items)]:
        name = f"message/{number}"
        retry = stanza.attrs.get("type") == RETRY
        known = mailbox.knows(name, users) if retry else mailbox.acknowledge(name, users)
        if not known:
            raise RefusedError("receipt-unknown", 404, f"{device.jid} never got {number}")
    return _exchange(connection, stanza).receipt(device.jid, stanza)


def _exchange(connection: "Connection", stanza: Node) -> Exchange | GroupExchange:
    in_group = stanza.jid("to").server == GROUP_SERVER
    return connection.server.group_exchange if in_group else connection.server.exchange
