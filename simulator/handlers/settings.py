"""Small questions that clients ask of the server, and their usual answers."""

from typing import TYPE_CHECKING

from simulator.nodes import Node, node
from simulator.refusals import RefusedError
from simulator.router import Router

if TYPE_CHECKING:
    from simulator.connection import Connection

PRIVACY = ("readreceipts", "last", "online", "profile", "status", "groupadd", "calladd")


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("privacy", "privacy", handler=_privacy)
    router.on_iq("blocklist", handler=_blocklist)
    router.on_iq("w:biz", "business_profile", handler=_business_profile)
    router.on_iq("w:mex", "query", handler=_graphql)
    router.on_iq("newsletter", handler=_nothing_there)


def _privacy(_connection: "Connection", _iq: Node) -> list[Node]:
    categories = [node("category", {"name": name, "value": "all"}) for name in PRIVACY]
    return [node("privacy", content=list(categories))]


def _blocklist(_connection: "Connection", _iq: Node) -> list[Node]:
    return [node("list")]


def _business_profile(_connection: "Connection", _iq: Node) -> list[Node]:
    return [node("business_profile")]


def _graphql(_connection: "Connection", _iq: Node) -> list[Node]:
    return [node("result", content=b'{"data":{}}')]


def _nothing_there(_connection: "Connection", iq: Node) -> list[Node]:
    raise RefusedError(f"iq-{iq.text('xmlns')}", 404, "item-not-found")
