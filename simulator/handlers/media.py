"""`w:m`: where media is brought and fetched."""

from typing import TYPE_CHECKING

from simulator.handlers.senders import device_of
from simulator.media_site import HOST
from simulator.nodes import Attrs, Node, node
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection

#: Seconds for which a client uses the answer; WhatsApp's own.
TTL, AUTH_TTL = 300, 21_600


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("w:m", "media_conn", handler=_media_conn)


def _media_conn(connection: "Connection", _iq: Node) -> list[Node]:
    auth = connection.server.media.auth(device_of(connection).number)
    attrs: Attrs = {"auth": auth, "ttl": TTL, "auth_ttl": AUTH_TTL, "max_buckets": 12}
    return [node("media_conn", attrs, [node("host", {"hostname": HOST})])]
