"""`w:g2`: which groups there are, and who is in them."""

from typing import TYPE_CHECKING

from simulator.handlers.senders import device_of
from simulator.nodes import Node, node
from simulator.refusals import RefusedError
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("w:g2", "query", handler=_query)
    router.on_iq("w:g2", "participating", handler=_participating)
    router.on_iq("w:g2", handler=_other)


def _query(connection: "Connection", iq: Node) -> list[Node]:
    server, member = connection.server, device_of(connection).jid
    return [server.groups.described(server.group_exchange.group_of(member, iq.jid("to")))]


def _participating(connection: "Connection", _iq: Node) -> list[Node]:
    groups, number = connection.server.groups, device_of(connection).number
    own = [groups.described(group) for group in groups.all() if number in group.members]
    return [node("groups", content=own)]


def _other(_connection: "Connection", iq: Node) -> list[Node]:
    if iq.text("type") == "set":  # an empty result would be taken for a change that was made
        raise RefusedError("iq-w:g2", 501, "feature-not-implemented")
    return []
