"""A client that wants to be linked, as it has registered itself."""

import asyncio
import base64
import secrets
import time
from dataclasses import dataclass, field

from simulator import curve
from simulator.login import NotAdmittedError
from simulator.nodes import Node
from simulator.prekeys import SignedPrekey
from simulator.protobufs import ClientPayload, DeviceProps

#: How long a client shows each ref as a QR code; after the last one the server hangs up.
REF_SECONDS = (60, 20, 20, 20, 20, 20)
#: A code scanned at its very end is still good.
GRACE_SECONDS = 5
KEY_TYPE = b"\x05"
REGISTRATION_ID_LENGTH = 4
PREKEY_ID_LENGTH = 3


@dataclass
class Hello:
    """A client's wish to be linked by the code that it shows."""

    number: str
    wrapped_ephemeral: bytes
    ref: bytes = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(24)))
    at: float = field(default_factory=time.monotonic)
    _finish: "asyncio.Future[Node] | None" = None

    def next_finish(self) -> "asyncio.Future[Node]":
        """Return what will hold the companion's answer to the code that is being typed."""
        self._finish = asyncio.get_running_loop().create_future()
        return self._finish

    def finished(self, answer: Node) -> bool:
        """Take the companion's last answer; return whether somebody waits for it."""
        if self._finish is None or self._finish.done():
            return False
        self._finish.set_result(answer)
        return True


@dataclass
class Candidate:
    """A client that wants to be linked. Keys are 32 bytes."""

    noise_key: bytes
    identity: bytes
    registration_id: int
    platform: str
    signed_prekey: SignedPrekey
    refs: dict[str, float]
    """Each ref and the monotonic time until which a scan of it is good."""
    taken: bool = False
    """Whether a phone has begun to link it."""
    hello: Hello | None = None


def register(noise_key: bytes, data: ClientPayload.DevicePairingRegistrationData) -> Candidate:
    """Check a registration; raise NotAdmittedError if it is not genuine."""
    identity, key = bytes(data.eIdent), bytes(data.eSkeyVal)
    lengths = (len(data.eKeytype), len(data.eRegid), len(data.eSkeyID))
    if lengths != (len(KEY_TYPE), REGISTRATION_ID_LENGTH, PREKEY_ID_LENGTH):
        raise NotAdmittedError("registration-malformed", 400)
    if data.eKeytype != KEY_TYPE:
        raise NotAdmittedError("registration-malformed", 400)
    if not curve.verify(identity, KEY_TYPE + key, bytes(data.eSkeySig)):
        raise NotAdmittedError("registration-signature", 400)
    return Candidate(
        noise_key=noise_key,
        identity=identity,
        registration_id=int.from_bytes(data.eRegid),
        platform=DeviceProps.FromString(data.deviceProps).os,
        signed_prekey=SignedPrekey(int.from_bytes(data.eSkeyID), key, bytes(data.eSkeySig)),
        refs=_refs(),
    )


def _refs() -> dict[str, float]:
    refs, until = {}, time.monotonic() + GRACE_SECONDS
    for seconds in REF_SECONDS:
        until += seconds
        refs["2@" + base64.b64encode(secrets.token_bytes(48)).decode()] = until
    return refs
