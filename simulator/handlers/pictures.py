"""`w:profile:picture`: where the picture of an account or a group is."""

from typing import TYPE_CHECKING

from simulator.nodes import Node, node
from simulator.refusals import RefusedError
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("w:profile:picture", handler=_nothing_there)
    router.on_iq("w:profile:picture", "picture", handler=_picture)


def _picture(connection: "Connection", iq: Node) -> list[Node]:
    if "target" not in iq.attrs:
        return _nothing_there(connection, iq)
    found = connection.server.pictures.of(iq.jid("target"))
    if found is None:
        return _nothing_there(connection, iq)
    kind = iq.child("picture").text("type")
    attrs = {"id": found.id, "type": kind, "url": found.url, "direct_path": f"/v/{found.id}"}
    return [node("picture", attrs)]


def _nothing_there(_connection: "Connection", _iq: Node) -> list[Node]:
    raise RefusedError("iq-w:profile:picture", 404, "item-not-found")
