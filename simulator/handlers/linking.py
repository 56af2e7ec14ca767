"""`md`: linking by a code, as far as the client speaks, and a device's own farewell."""

from typing import TYPE_CHECKING

from simulator.candidate import Hello
from simulator.handlers.senders import device_of
from simulator.nodes import PHONE_NUMBER_SERVER, MalformedError, Node, node
from simulator.refusals import RefusedError
from simulator.router import Router
from simulator.unlinking import unlink_itself

if TYPE_CHECKING:
    from simulator.connection import Connection

REGISTRATION = "link_code_companion_reg"
WRAPPED_LENGTH = 80
"""Salt 32, initialisation vector 16, wrapped key 32."""


def register(router: Router) -> None:
    """Plug in."""
    router.allow_strangers("md", "w:p")
    router.on_iq("md", REGISTRATION, handler=_link_code)
    router.on_iq("md", "remove-companion-device", handler=_remove)


def _link_code(connection: "Connection", iq: Node) -> list[Node]:
    candidate, registration = connection.candidate, iq.child(REGISTRATION)
    if candidate is None:
        raise RefusedError("pairing-code-stage", 400, "bad-request")
    if registration.text("stage") == "companion_hello":
        candidate.hello = hello = _hello(registration)
        ref = node("link_code_pairing_ref", content=hello.ref)
        return [node(REGISTRATION, {"stage": "companion_hello"}, [ref])]
    if registration.text("stage") != "companion_finish" or candidate.hello is None:
        raise RefusedError("pairing-code-stage", 400, "bad-request")
    if registration.child("companion_identity_public").data != candidate.identity:
        raise RefusedError("pairing-code-identity", 400, "bad-request")
    ref = registration.child("link_code_pairing_ref")
    if ref.data != candidate.hello.ref or not candidate.hello.finished(registration):
        raise RefusedError("pairing-code-stage", 404, "item-not-found")
    return []


def _hello(registration: Node) -> Hello:
    account = registration.jid("jid")
    wrapped = registration.child("link_code_pairing_wrapped_companion_ephemeral_pub").data
    if account.server != PHONE_NUMBER_SERVER or not account.user.isdecimal():
        raise MalformedError("a code for something that is no phone number")
    if len(wrapped) != WRAPPED_LENGTH:
        raise MalformedError("a wrapped key of the wrong length")
    registration.child("companion_server_auth_key_pub")
    return Hello(account.user, wrapped)


def _remove(connection: "Connection", iq: Node) -> list[Node]:
    device = device_of(connection)
    jid = iq.child("remove-companion-device").jid("jid")
    if jid not in (device.jid, device.number_jid):
        raise RefusedError("remove-other-device", 403, "forbidden")
    unlink_itself(connection, device)
    return []
