"""Which handler answers which stanza.

A handler file has a function `register(router)` and stands in `handlers.ALL`; nothing else must
change for a new one.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.faults import Fault
from simulator.nodes import SERVER, Attrs, MalformedError, Node, node
from simulator.refusals import RefusedError

if TYPE_CHECKING:
    from simulator.connection import Connection

#: Answers an iq with the nodes of its result; raises RefusedError or MalformedError for an error.
IqHandler = Callable[["Connection", Node], list[Node]]
#: Answers another stanza with a stanza or nothing.
StanzaHandler = Callable[["Connection", Node], Node | None]

BAD_REQUEST = 400
#: These are refused by an ack that carries the error; a refusal of others ends the connection.
ACKNOWLEDGED = ("message", "receipt")

log = logging.getLogger(__name__)


class Router:
    """The handlers, by iq namespace and child, or by tag."""

    def __init__(self) -> None:
        self._iqs: dict[tuple[str, str], IqHandler] = {}
        self._stanzas: dict[str, StanzaHandler] = {}
        self._for_strangers: set[str] = set()

    def on_iq(self, xmlns: str, *children: str, handler: IqHandler) -> None:
        """Answer iqs of a namespace whose first child is one of these, or any without children."""
        for child in children or ("",):
            self._iqs[xmlns, child] = handler

    def on(self, tag: str, handler: StanzaHandler) -> None:
        """Answer stanzas with a tag."""
        self._stanzas[tag] = handler

    def allow_strangers(self, *namespaces: str) -> None:
        """Let clients that are not logged in send iqs of these namespaces."""
        self._for_strangers.update(namespaces)

    def route(self, connection: "Connection", stanza: Node) -> None:
        """Hand a stanza to its handler, in one transaction, and send the answer after it.

        Raise MalformedError for what is refused by ending the connection.
        """
        answer = self._answer_iq if stanza.tag == "iq" else self._answer
        with connection.server.records.transaction():
            response = answer(connection, stanza)
        if response:
            connection.send(response)

    def _answer_iq(self, connection: "Connection", iq: Node) -> Node | None:
        kind = iq.text("type")
        if kind in ("result", "error"):
            connection.answered(iq)
            return None
        if kind not in ("get", "set"):
            raise MalformedError(f"no iq is of type {kind}")
        xmlns = iq.text("xmlns")
        if connection.device is None and xmlns not in self._for_strangers:
            raise MalformedError(f"<iq xmlns={xmlns}> of a client that is not logged in")
        attrs = {"from": iq.attrs.get("to", SERVER), "id": iq.text("id")}
        fault = connection.server.faults.strike("iq", connection.line.number, xmlns=xmlns)
        if fault and fault.options["answer"] == "none":
            return None
        handler = _failing(fault) if fault else self._handler(iq)
        try:
            result = handler(connection, iq)
        except (RefusedError, MalformedError) as error:
            refusal = _refusal(error, f"iq-{xmlns}")
            connection.server.refusals.count(refusal.kind)
            log.info("refused: %s", error)
            described = node("error", {"code": refusal.code, "text": refusal.text})
            return node("iq", {**attrs, "type": "error"}, [described])
        return node("iq", {**attrs, "type": "result"}, result or None)

    def _handler(self, iq: Node) -> IqHandler:
        child = iq.children[0].tag if iq.children else ""
        xmlns = iq.text("xmlns")
        return self._iqs.get((xmlns, child)) or self._iqs.get((xmlns, "")) or _nothing

    def _answer(self, connection: "Connection", stanza: Node) -> Node | None:
        if stanza.tag == "ib":
            return None
        handler = self._stanzas.get(stanza.tag)
        if connection.device is None and not (stanza.tag == "ack" and connection.candidate):
            raise MalformedError(f"<{stanza.tag}> of a client that is not logged in")
        if handler is None:
            raise MalformedError(f"<{stanza.tag}> means nothing")
        try:
            return handler(connection, stanza)
        except (RefusedError, MalformedError) as error:
            if stanza.tag not in ACKNOWLEDGED or "id" not in stanza.attrs:
                raise MalformedError(str(error)) from error
            refusal = _refusal(error, f"{stanza.tag}-malformed")
            connection.server.refusals.count(refusal.kind)
            log.info("refused: %s", error)
            return ack(stanza, {"error": refusal.code})


def ack(stanza: Node, more: Attrs) -> Node:
    """Return the acknowledgement of a client's message or receipt."""
    attrs: Attrs = {
        "class": stanza.tag,
        "id": stanza.text("id"),
        "from": stanza.attrs.get("to", SERVER),
        "type": stanza.attrs.get("type") if stanza.tag == "receipt" else None,
        "participant": stanza.attrs.get("participant"),
    }
    return node("ack", {**attrs, **more})


def _refusal(error: RefusedError | MalformedError, kind: str) -> RefusedError:
    if isinstance(error, RefusedError):
        return error
    return RefusedError(kind, BAD_REQUEST, "bad-request")


def _failing(fault: Fault) -> IqHandler:
    def fail(_connection: "Connection", _iq: Node) -> list[Node]:
        raise RefusedError("fault", int(str(fault.options["answer"])), "a fault")

    return fail


def _nothing(_connection: "Connection", _iq: Node) -> list[Node]:
    return []
