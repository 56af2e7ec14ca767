"""`<ack>`: a device has processed a stanza, which leaves its queue."""

import logging
from typing import TYPE_CHECKING

from simulator.handlers.senders import aliases, device_of
from simulator.nodes import Node
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection

log = logging.getLogger(__name__)


def register(router: Router) -> None:
    """Plug in."""
    router.on("ack", _acknowledge)


def _acknowledge(connection: "Connection", stanza: Node) -> None:
    if connection.device is None:
        return  # of the notification with which a phone answers a pairing code
    mailbox = connection.server.delivery.mailbox(device_of(connection))
    name = f"{stanza.text('class')}/{stanza.text('id')}"
    if not mailbox.acknowledge(name, aliases(connection, stanza, "to", "participant")):
        log.warning("%s acknowledges %s, which it never got", connection.device.jid, name)
        connection.server.refusals.count("ack-unknown")
