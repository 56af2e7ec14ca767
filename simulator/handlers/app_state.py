"""`w:sync:app:state`: the settings and marks that all devices of an account share."""

from typing import TYPE_CHECKING

from simulator.handlers.senders import device_of, phone_of
from simulator.nodes import Node, node
from simulator.phone.app_state import Collection
from simulator.phone.errors import AppStateError, StalePatchError
from simulator.refusals import RefusedError
from simulator.router import Router
from simulator.stanzas import notification

if TYPE_CHECKING:
    from simulator.connection import Connection

CONFLICT, BAD_REQUEST = 409, 400


def register(router: Router) -> None:
    """Plug in."""
    router.on_iq("w:sync:app:state", "sync", handler=_sync)


def _sync(connection: "Connection", iq: Node) -> list[Node]:
    asked = iq.child("sync").children
    return [node("sync", content=[_collection(connection, collection) for collection in asked])]


def _collection(connection: "Connection", asked: Node) -> Node:
    state, name, version = phone_of(connection).app_state, asked.text("name"), _version(asked)
    patch = asked.find("patch")
    try:
        if patch is None:
            return _described(name, state.collection(name, version))
        changed = state.accept(name, version, patch.data)
    except StalePatchError:
        connection.server.refusals.count("app-state-conflict")
        missing = _described(name, state.collection(name, version))
        error = node("error", {"code": CONFLICT, "text": "conflict"})
        return Node("collection", missing.attrs | {"type": "error"}, [error, *missing.children])
    except AppStateError as error:
        raise RefusedError("app-state", BAD_REQUEST, "bad-request") from error
    _tell_others(connection, name, changed)
    return node("collection", {"name": name, "version": changed})


def _version(asked: Node) -> int:
    return asked.number("version") if "version" in asked.attrs else 0


def _described(name: str, collection: Collection) -> Node:
    if not collection.patches:
        return node("collection", {"name": name})
    patches = [node("patch", content=patch) for patch in collection.patches]
    content = [node("patches", content=patches)]
    return node("collection", {"name": name, "version": collection.version}, content)


def _tell_others(connection: "Connection", name: str, version: int) -> None:
    server, device = connection.server, device_of(connection)
    for other in server.devices.linked(device.number):
        if other != device:
            changed = node("collection", {"name": name, "version": version})
            told = notification(device.number_jid.account, "server_sync", [changed])
            server.delivery.deliver(other, told)
