import pytest

from simulator import binary
from simulator.frames import framed
from simulator.nodes import node
from simulator.noise import PROLOGUE
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient
from tests.simulator.raw_device import RawDevice


@pytest.mark.parametrize("spoil", ["static", "proof", "payload"])
async def test_a_client_that_can_not_prove_its_noise_key_is_hung_up_on(
    people: People, spoil: str
) -> None:
    device, before = RawDevice(), await people.refusals("noise")
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.registration(), spoil=spoil)
    await client.expect_end()
    assert await people.refusals("noise") == before + 1


@pytest.mark.parametrize(
    "beginning",
    [
        b"WA\x05\x03" + framed(b""),
        b"GET / HTTP/1.1\r\n\r\n",
        PROLOGUE + framed(b"\xff\xff\xff"),
        PROLOGUE + b"\xff\xff\xff",
    ],
    ids=["another version", "no prologue", "no protobuf", "a frame of 16 MiB"],
)
async def test_a_stream_that_begins_wrongly_is_ended(people: People, beginning: bytes) -> None:
    before = await people.refusals("malformed")
    client = await RawClient.dial(people.where)
    client.send_bytes(beginning)
    await client.expect_end()
    assert await people.refusals("malformed") == before + 1


async def test_an_ephemeral_key_without_a_shared_secret_is_refused(people: People) -> None:
    before = await people.refusals("noise")
    client = await RawClient.dial(people.where)
    client.send_hello(bytes(32))
    await client.expect_end()
    assert await people.refusals("noise") == before + 1


async def test_routing_information_before_the_prologue_is_skipped(people: People) -> None:
    device = RawDevice()
    client = await RawClient.dial(people.where)
    client.send_bytes(b"ED\x00\x01\x00\x00\x04abcd")
    await client.shake_hands(people.where, device.noise, device.registration())
    assert len(await client.refs()) == 6
    client.close()


async def test_a_frame_that_does_not_decrypt_ends_the_connection(people: People) -> None:
    _, _, client = await people.shop()
    before = await people.refusals("noise")
    client.send_bytes(framed(b"not encrypted at all, but long enough"))
    await client.expect_end()
    assert await people.refusals("noise") == before + 1


@pytest.mark.parametrize(
    "stanza",
    [
        b"",
        b"\x00",
        b"\x02not zlib",
        binary.encode(node("iq")),
        binary.encode(node("iq", {"type": "wish", "id": "1", "xmlns": "w:p"})),
        binary.encode(node("surprise", {"id": "1"})),
        binary.encode(node("ack", {"class": "message"})),
        binary.encode(node("presence", {"type": "asleep"})),
        b"\x00" + b"\xfa" * 1000,
    ],
    ids=[
        "nothing",
        "no node",
        "not zlib",
        "iq without attributes",
        "iq of no known type",
        "unknown tag",
        "ack without id",
        "presence of no known type",
        "nested addresses",
    ],
)
async def test_a_malformed_stanza_ends_the_connection(people: People, stanza: bytes) -> None:
    _, _, client = await people.shop()
    before = await people.refusals("malformed")
    client.send_plain(stanza)
    assert (await client.expect("stream:error")).find("xml-not-well-formed")
    await client.expect_end()
    assert await people.refusals("malformed") == before + 1


async def test_one_who_is_not_logged_in_may_only_ask_for_its_linking(people: People) -> None:
    device = RawDevice()
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.registration())
    await client.refs()
    assert (await client.ask("w:p", "get")).attrs["type"] == "result"
    client.send(node("iq", {"xmlns": "usync", "type": "get", "id": "1"}))
    assert (await client.expect("stream:error")).find("xml-not-well-formed")
    await client.expect_end()
