"""What happens with time, at a server inside the test: nobody waits for minutes."""

import asyncio
from pathlib import Path

import pytest

from simulator.candidate import Candidate, register
from simulator.connection import Connection
from simulator.devices import Device
from simulator.line import Line
from simulator.login import admit
from simulator.nodes import SERVER
from simulator.phone.phone import Phone
from simulator.protobufs import ClientPayload
from simulator.refusals import UserError
from simulator.server import Server
from simulator.stanzas import notification
from tests.simulator.raw_device import RawDevice


class Nowhere:
    """A socket to nobody."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()

    def send(self, data: bytes) -> None:
        assert data

    def close(self) -> None:
        self.closed.set()


def line_to(socket: Nowhere) -> Line:
    line = Line()
    line.carry(socket)
    return line


async def test_a_ref_is_good_as_long_as_it_is_shown(tmp_path: Path) -> None:
    server, device = Server(tmp_path), RawDevice()
    connection = Connection(server, line_to(Nowhere()))
    data = device.registration().devicePairingData
    connection.candidate = candidate = register(device.noise.public, data)
    until = list(candidate.refs.values())
    assert [round(later - until[0]) for later in until] == [0, 20, 40, 60, 80, 100]
    ref = next(iter(candidate.refs))
    candidate.refs[ref] -= 60 + 5
    with pytest.raises(UserError, match="expirou"):
        await server.pairing.scan(server.accounts.ensure("5511900000000"), device.qr(ref.encode()))
    assert not candidate.taken
    connection.closed()
    server.close()


async def test_one_who_never_finishes_the_handshake_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.connection.HANDSHAKE_SECONDS", 0.01)
    server, socket = Server(tmp_path), Nowhere()
    Connection(server, line_to(socket))
    await asyncio.wait_for(socket.closed.wait(), 10)
    server.close()


async def test_one_who_never_says_that_it_is_active_gets_its_queue_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.login.ACTIVE_SECONDS", 0.01)
    server, device = Server(tmp_path), RawDevice()
    connection = Connection(server, line_to(Nowhere()))
    phone = server.accounts.ensure("5511900000000")
    data = device.registration().devicePairingData
    linked = a_device(phone, register(device.noise.public, data))
    server.devices.put(linked)
    server.delivery.deliver(linked, notification(SERVER, "encrypt", []))
    payload = ClientPayload(username=5511900000000, device=1).SerializeToString()
    admit(connection, device.noise.public, payload)
    (entry,) = server.delivery.mailbox(linked).pending()
    assert not entry.sent
    async with asyncio.timeout(10):
        while not connection.live:  # noqa: ASYNC110 - a connection has no event for it
            await asyncio.sleep(0)
    assert entry.sent
    connection.closed()
    server.close()


def a_device(phone: Phone, candidate: Candidate) -> Device:
    return Device(
        number=phone.number,
        lid=phone.lid,
        id=1,
        key_index=1,
        noise_key=candidate.noise_key,
        identity=candidate.identity,
        registration_id=candidate.registration_id,
        signed_identity=b"",
        platform="",
        paired_at=0,
    )
