"""A bare client of the protocol, which can misbehave as no real one would.

It shares the simulator's node and cipher code: that these are right is shown by the real client.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from simulator import binary, curve
from simulator.curve import KeyPair
from simulator.frames import FrameReader, framed
from simulator.nodes import SERVER, Attrs, Node, node
from simulator.noise import PROLOGUE, SymmetricState, Transport
from simulator.protobufs import CertChain, ClientPayload, HandshakeMessage
from tests.simulator.raw_device import RawDevice, spoilt
from tests.simulator.raw_socket import RawSocket

SILENT_SECONDS = 0.3

OPEN: "set[RawClient]" = set()
"""All connections that were dialled since `close_all`."""
Where = dict[str, Any]
"""What the simulator prints when it listens."""


class RawClient:
    """One connection. Every wait has a deadline; EOFError: the server has ended it."""

    wait_seconds = 10.0
    """How long it waits for anything; a bench with a thousand of them may change it."""

    def __init__(self, socket: RawSocket) -> None:
        self._socket = socket
        self._frames = FrameReader(prologue=False)
        self._received: list[bytes] = []
        self._transport: Transport | None = None
        self._sent = 0
        OPEN.add(self)

    @classmethod
    async def dial(cls, where: Where, number: str = "") -> "RawClient":
        """Connect, without a handshake yet; a number is told to the proxy."""
        trusted = ssl.create_default_context(cafile=where["ca"])
        return cls(
            await asyncio.wait_for(
                RawSocket.dial(where["proxy"], trusted, number), cls.wait_seconds
            )
        )

    async def shake_hands(
        self, where: Where, noise: KeyPair, payload: ClientPayload, *, spoil: str = ""
    ) -> None:
        """Do the Noise handshake as initiator; `spoil` names the part that is made wrong."""
        state, ephemeral = SymmetricState(), KeyPair.generate()
        self.send_hello(ephemeral.public)
        answer = HandshakeMessage.FromString(await self.receive_frame()).serverHello
        state.mix_hash(ephemeral.public)
        state.mix_hash(answer.ephemeral)
        state.mix_key(ephemeral.dh(answer.ephemeral))
        static = state.decrypt(answer.static)
        state.mix_key(ephemeral.dh(static))
        check_certificates(state.decrypt(answer.payload), bytes.fromhex(where["noiseRoot"]), static)
        finish = HandshakeMessage()
        finish.clientFinish.static = spoilt(state.encrypt(noise.public), spoil == "static")
        prover = KeyPair.generate() if spoil == "proof" else noise
        state.mix_key(prover.dh(answer.ephemeral))
        data = state.encrypt(payload.SerializeToString())
        finish.clientFinish.payload = spoilt(data, spoil == "payload")
        self.send_bytes(framed(finish.SerializeToString()))
        sending, receiving = state.split()
        self._transport = Transport(sending, receiving)

    def send_hello(self, ephemeral: bytes) -> None:
        """Begin a handshake with this key."""
        hello = HandshakeMessage()
        hello.clientHello.ephemeral = ephemeral
        self.send_bytes(PROLOGUE + framed(hello.SerializeToString()))

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._socket.send(data)

    def send_plain(self, stanza: bytes) -> None:
        """Encrypt and send what may be no stanza at all."""
        assert self._transport
        self.send_bytes(framed(self._transport.sending.encrypt(stanza)))

    def send(self, stanza: Node) -> None:
        """Send a stanza."""
        self.send_plain(binary.encode(stanza))

    async def receive_frame(self) -> bytes:
        """Return the next frame."""
        while not self._received:
            data = await asyncio.wait_for(self._socket.receive(), self.wait_seconds)
            self._received += self._frames.feed(data)
        return self._received.pop(0)

    async def receive(self) -> Node:
        """Return the next stanza."""
        assert self._transport
        return binary.decode(self._transport.receiving.decrypt(await self.receive_frame()))

    async def expect(self, wanted: str | Callable[[Node], bool]) -> Node:
        """Return the next stanza with a tag, or for which a test holds; others are passed over."""
        while True:
            stanza = await self.receive()
            if stanza.tag == wanted if isinstance(wanted, str) else wanted(stanza):
                return stanza

    async def ask(self, xmlns: str, kind: str, *content: Node) -> Node:
        """Send an iq and return its answer, a result or an error."""
        self._sent += 1
        number = f"raw-{self._sent}"
        attrs: Attrs = {"xmlns": xmlns, "type": kind, "id": number, "to": SERVER}
        self.send(node("iq", attrs, list(content) or None))
        return await self.expect(lambda s: s.tag == "iq" and s.attrs["id"] == number)

    def acknowledge(self, stanza: Node, **more: str) -> None:
        """Confirm a stanza as a client does that could read it."""
        attrs: Attrs = {"id": stanza.text("id"), "to": stanza.jid("from"), **more}
        if stanza.tag == "message":
            self.send(node("receipt", attrs))
        else:
            kind = stanza.attrs.get("type")
            self.send(node("ack", {**attrs, "class": stanza.tag, "type": kind}))

    async def expect_end(self) -> None:
        """Wait until the server ends the connection, whatever it says before."""
        try:
            while True:
                await self.receive_frame()
        except EOFError:
            return

    def unacknowledged(self) -> int:
        """Return how many segments of what was sent have not reached the server's kernel."""
        return self._socket.unacknowledged()

    def close(self) -> None:
        """Leave without a word."""
        self._socket.close()

    async def closed(self) -> None:
        """Leave, and wait until nothing of it is left."""
        await self._socket.closed()

    async def refs(self) -> list[bytes]:
        """Return the refs that a client which wants to be linked is given."""
        iq = await self.expect("iq")
        self.send(node("iq", {"to": SERVER, "id": iq.text("id"), "type": "result"}))
        return [ref.data for ref in iq.child("pair-device").children]

    async def consent(self, device: RawDevice, *, spoil: bool = False) -> None:
        """Answer `pair-success` as a device that agrees; take over who it is now."""
        iq = await self.expect(lambda s: s.tag == "iq" and s.find("pair-success") is not None)
        success = iq.child("pair-success")
        jid, lid = success.child("device").jid("jid"), success.child("device").jid("lid")
        device.number, device.id, device.lid = jid.user, jid.device, lid.user
        answer, index = device.consent(success.child("device-identity").data)
        identity = node("device-identity", {"key-index": index}, spoilt(answer, spoil))
        sign = node("pair-device-sign", None, [identity])
        self.send(node("iq", {"to": SERVER, "id": iq.text("id"), "type": "result"}, [sign]))


async def silent(answer: Awaitable[object]) -> None:
    """Make sure that nothing comes; the wait is the proof."""
    try:
        came = await asyncio.wait_for(answer, SILENT_SECONDS)
    except TimeoutError:
        return
    raise AssertionError(came)


async def close_all() -> None:
    """Leave all connections."""
    while OPEN:
        await OPEN.pop().closed()


async def linked(
    where: Where, scan: Callable[[str], Any], device: RawDevice | None = None
) -> RawDevice:
    """Register a device and link it; `scan` takes the QR's text and blocks until it is done."""
    device = device or RawDevice()
    client = await RawClient.dial(where)
    await client.shake_hands(where, device.noise, device.registration())
    refs = await client.refs()
    device.used_ref = refs[0]
    scanning = asyncio.create_task(asyncio.to_thread(scan, device.qr(refs[0])))
    await client.consent(device)
    await client.expect(lambda s: s.tag == "stream:error" and s.attrs["code"] == "515")
    await scanning
    client.close()
    return device


async def logged_in(where: Where, device: RawDevice, *, active: bool = True) -> RawClient:
    """Log a linked device in and, if wished, say that it is ready for what has waited."""
    client = await RawClient.dial(where)
    await client.shake_hands(where, device.noise, device.login())
    await client.expect("success")
    if active:
        await client.ask("passive", "set", node("active"))
    return client


def check_certificates(chain: bytes, root: bytes, static: bytes) -> None:
    """Check the server's certificates as the real client does."""
    certificates = CertChain.FromString(chain)
    issuer, serial = root, 0
    for certificate in (certificates.intermediate, certificates.leaf):
        assert curve.verify(issuer, certificate.details, certificate.signature)
        details = CertChain.NoiseCertificate.Details.FromString(certificate.details)
        assert details.issuerSerial == serial
        issuer, serial = details.key, details.serial
    assert issuer == static
