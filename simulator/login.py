"""What a client asks for at the end of the handshake: to be paired, or to be let in."""

import secrets
import time
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from simulator import stages
from simulator.nodes import LID_SERVER, Attrs, Jid, MalformedError, node
from simulator.protobufs import ClientPayload

if TYPE_CHECKING:
    from simulator.connection import Connection
    from simulator.devices import Device

#: A client that never says it is active gets its queue after this time all the same.
ACTIVE_SECONDS = 20.0


class NotAdmittedError(Exception):
    """A client is turned away; `reason` and `more` go into `<failure>`, `kind` into the count."""

    def __init__(self, kind: str, reason: int, **more: int) -> None:
        super().__init__(kind)
        self.kind = kind
        self.reason = reason
        self.more = more


def admit(connection: "Connection", noise_key: bytes, payload: bytes) -> None:
    """Begin a pairing, or log a device in; raise NotAdmittedError for whoever may do neither."""
    try:
        wish = ClientPayload.FromString(payload)
    except DecodeError as error:
        raise MalformedError("a client payload that is no protobuf") from error
    if wish.HasField("username"):
        connection.line.number = str(wish.username)
    stages.reach(connection.server.faults, connection.line, "login")
    _fail(connection)
    if wish.HasField("devicePairingData"):
        connection.server.pairing.begin(connection, noise_key, wish.devicePairingData)
    else:
        device = connection.server.devices.get(str(wish.username), wish.device)
        _log_in(connection, noise_key, device)


def _fail(connection: "Connection") -> None:
    """Turn a client away for no reason of its own, if a fault says so."""
    fault = connection.server.faults.strike("failure", connection.line.number)
    if fault:
        raise NotAdmittedError("fault", **{name: int(str(v)) for name, v in fault.options.items()})


def _log_in(connection: "Connection", noise_key: bytes, device: "Device | None") -> None:
    if device is None:
        raise NotAdmittedError("login-unknown-device", 401)
    if not secrets.compare_digest(device.noise_key, noise_key):
        raise NotAdmittedError("login-noise-key", 401)
    server = connection.server
    server.connections.log_in(connection, device)
    server.stats.logins += 1
    success: Attrs = {
        "t": int(time.time()),
        "lid": Jid(device.lid, LID_SERVER, device.id),
        "props": 2,
        "abprops": 2,
        "location": "lla",
        "creation": device.paired_at,
        "display_name": server.accounts.ensure(device.number).name,
    }
    connection.send(node("success", success))
    connection.later(ACTIVE_SECONDS, lambda: server.delivery.open(connection))
