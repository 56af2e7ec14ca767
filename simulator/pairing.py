"""Linking a device: the server's side of both ways, by QR and by code."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from simulator.candidate import REF_SECONDS, Candidate, Hello, register
from simulator.devices import MAX_LINKED, Device
from simulator.nodes import SERVER, MalformedError, Node, node
from simulator.phone import adv
from simulator.phone.errors import PairingError, WrongCodeError
from simulator.phone.spoiling import spoilt_consent
from simulator.protobufs import ClientPayload
from simulator.refusals import UserError
from simulator.stanzas import notification

if TYPE_CHECKING:
    from simulator.connection import Connection
    from simulator.phone.phone import Phone
    from simulator.server import Server

ANSWER_SECONDS = 20.0


class Pairing:
    """Who wants to be linked, and the linking itself."""

    def __init__(self, server: "Server") -> None:
        self._server = server
        self._under_way: Counter[str] = Counter()
        """How many devices are being linked, by number: they count for the limit."""

    def begin(
        self,
        connection: "Connection",
        noise_key: bytes,
        data: ClientPayload.DevicePairingRegistrationData,
    ) -> None:
        """Check a registration and hand out refs; raise NotAdmittedError if it is not genuine."""
        connection.candidate = candidate = register(noise_key, data)
        refs = [node("ref", content=ref.encode()) for ref in candidate.refs]
        connection.ask(node("pair-device", content=list(refs)))
        connection.later(sum(REF_SECONDS), connection.close)

    async def scan(self, phone: "Phone", text: str) -> Device:
        """Link the client whose QR code a phone has scanned; raise UserError if that fails."""
        try:
            qr = adv.parse_qr(text)
        except PairingError as error:
            raise UserError("Este não é um QR code do WhatsApp.") from error
        found = self._showing(qr.ref)
        if found is None:
            raise UserError(
                "Este QR code é desconhecido ou já foi usado. Gere um novo e tente de novo."
            )
        connection, candidate = found
        if time.monotonic() > candidate.refs[qr.ref]:
            raise UserError("Este QR code expirou. Escaneie o que está na tela agora.")
        if (qr.noise_public, qr.identity_public) != (candidate.noise_key, candidate.identity):
            self._server.refusals.count("pairing-qr-keys")
            raise UserError("Este QR code não pertence ao aparelho que o mostra.")
        return await self.link(connection, candidate, phone, qr.adv_secret)

    async def enter_code(self, phone: "Phone", code: str) -> Device:
        """Link the client that shows this code for the phone's number, or raise UserError."""
        connection, candidate, hello = self._asking(phone.number)
        try:
            attempt = phone.enter_code(code, hello.wrapped_ephemeral)
            connection.send(_primary_hello(hello, phone, attempt.wrapped_ephemeral))
            finish = await _within(hello.next_finish())
            bundle = finish.child("link_code_pairing_wrapped_key_bundle").data
            adv_secret = attempt.finish(bundle, candidate.identity)
        except WrongCodeError as error:
            self._server.refusals.count("pairing-code")
            raise UserError("O código está errado. Digite o que aparece no aparelho.") from error
        except (PairingError, MalformedError) as error:
            self._server.refusals.count("pairing-code")
            raise UserError(f"Não foi possível conectar o aparelho ({error}).") from error
        return await self.link(connection, candidate, phone, adv_secret)

    async def link(
        self, connection: "Connection", candidate: Candidate, phone: "Phone", adv_secret: bytes
    ) -> Device:
        """Let a phone vouch for a client and make it a device; raise UserError if that fails."""
        linked = len(self._server.devices.linked(phone.number))
        if linked + self._under_way[phone.number] >= MAX_LINKED:
            raise UserError(f"No máximo {MAX_LINKED} aparelhos conectados. Remova um antes.")
        candidate.taken = True
        self._under_way[phone.number] += 1
        try:
            return await self._link(connection, candidate, phone, adv_secret)
        finally:
            self._under_way[phone.number] -= 1

    async def _link(
        self, connection: "Connection", candidate: Candidate, phone: "Phone", adv_secret: bytes
    ) -> Device:
        grant = phone.authorise(candidate.identity, adv_secret)
        device = Device(
            number=phone.number,
            lid=phone.lid,
            id=self._server.devices.next_id(phone.number),
            key_index=grant.key_index,
            noise_key=candidate.noise_key,
            identity=candidate.identity,
            registration_id=candidate.registration_id,
            signed_identity=b"",
            platform=candidate.platform,
            paired_at=int(time.time()),
        )
        signed_identity = grant.signed_identity
        if fault := self._server.faults.strike("pairing", phone.number):
            signed_identity = spoilt_consent(
                signed_identity, adv_secret, str(fault.options["spoil"])
            )
        answer = await self._vouch(connection, device, signed_identity)
        try:
            signed = _signature(answer, grant.key_index)
            device = device.signed(grant.complete(signed))
        except (PairingError, MalformedError) as error:
            self._server.refusals.count("pairing-signature")
            connection.end(node("stream:error", {"code": 401}))
            raise UserError(
                "Não foi possível conectar o aparelho: a assinatura dele está errada."
            ) from error
        self._keep(device, candidate)
        connection.end(node("stream:error", {"code": 515}))
        return device

    def _showing(self, ref: str) -> "tuple[Connection, Candidate] | None":
        for connection in self._server.connections.all():
            candidate = connection.candidate
            if candidate and not candidate.taken and ref in candidate.refs:
                return connection, candidate
        return None

    def _asking(self, number: str) -> "tuple[Connection, Candidate, Hello]":
        """Return who shows a code for this number; the last one if there are several."""
        asking = [
            (connection, candidate, candidate.hello)
            for connection in self._server.connections.all()
            if (candidate := connection.candidate)
            and candidate.hello
            and candidate.hello.number == number
            and not candidate.taken
        ]
        if not asking:
            raise UserError("Nenhum aparelho pediu um código para este número.")
        return max(asking, key=lambda found: found[2].at)

    async def _vouch(
        self, connection: "Connection", device: Device, signed_identity: bytes
    ) -> Node:
        success = node(
            "pair-success",
            content=[
                node("device-identity", content=signed_identity),
                node("device", {"jid": device.number_jid, "lid": device.jid}),
                node("platform", {"name": "android"}),
            ],
        )
        answer = await _within(connection.request(success))
        if answer.text("type") == "error":
            self._server.refusals.count("pairing-by-device")
            reason = answer.child("error").attrs.get("text", "no reason")
            raise UserError(f"O aparelho recusou a conexão ({reason}).")
        return answer

    def _keep(self, device: Device, candidate: Candidate) -> None:
        server = self._server
        with server.records.transaction():
            server.devices.put(device)
            server.prekeys.sign(device, candidate.signed_prekey)
            server.announcements.added(device)


def _signature(answer: Node, key_index: int) -> bytes:
    identity = answer.child("pair-device-sign").child("device-identity")
    if identity.text("key-index") != str(key_index):
        raise MalformedError("the answer is about another key index")
    return identity.data


def _primary_hello(hello: Hello, phone: "Phone", wrapped_ephemeral: bytes) -> Node:
    parts = [
        node("link_code_pairing_wrapped_primary_ephemeral_pub", content=wrapped_ephemeral),
        node("primary_identity_pub", content=phone.identity.public),
        node("link_code_pairing_ref", content=hello.ref),
    ]
    registration = node("link_code_companion_reg", {"stage": "primary_hello"}, parts)
    return notification(SERVER, "link_code_companion_reg", [registration])


async def _within(answer: Awaitable[Node]) -> Node:
    try:
        return await asyncio.wait_for(answer, ANSWER_SECONDS)
    except (TimeoutError, ConnectionError) as error:
        raise UserError("O aparelho não respondeu. Tente de novo.") from error
