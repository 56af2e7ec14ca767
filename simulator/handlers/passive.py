"""`passive`: a device that has logged in says that it is ready for what has waited."""

import asyncio
from typing import TYPE_CHECKING

from simulator.handlers.senders import device_of
from simulator.nodes import Node
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("passive", "active", handler=_active)


def _active(connection: "Connection", _iq: Node) -> list[Node]:
    device, server = device_of(connection), connection.server
    # The answer to this iq goes first: without it the client does not count as connected.
    asyncio.get_running_loop().call_soon(server.delivery.open, connection)
    server.handset.greet(device)
    return []
