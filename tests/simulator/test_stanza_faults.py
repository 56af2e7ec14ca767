"""Faults of single stanzas: iqs, messages and the answer to a pairing."""

import asyncio

import pytest

from simulator import curve
from simulator.nodes import Attrs, node
from simulator.phone.errors import BadMacError
from simulator.phone.primitives import hmac_sha256
from simulator.phone.protobufs import ADVSignedDeviceIdentity, ADVSignedDeviceIdentityHMAC
from simulator.stanzas import bundle_parts
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient, silent
from tests.simulator.raw_device import RawDevice
from tests.simulator.real.simulator_process import RefusedError
from tests.simulator.test_messages import customer, write


def genuine(consent: bytes, device: RawDevice) -> tuple[bool, bool]:
    """Tell whether a consent's authentication code fits, and whether its signature does."""
    container = ADVSignedDeviceIdentityHMAC.FromString(consent)
    signed = ADVSignedDeviceIdentity.FromString(container.details)
    covered = b"\x06\x00" + signed.details + device.keys.identity.public
    return (
        hmac_sha256(device.adv_secret, container.details) == container.HMAC,
        curve.verify(signed.accountSignatureKey, covered, signed.accountSignature),
    )


async def test_iqs_of_a_namespace_fail_or_are_not_answered(people: People) -> None:
    number, _, client = await people.shop()
    await people.post("/faults", number=number, kind="iq", xmlns="w:p", answer=500, times=1)
    assert (await client.ask("w:p", "get")).child("error").attrs["code"] == "500"
    await people.post("/faults", number=number, kind="iq", xmlns="w:p", times=1)
    await silent(client.ask("w:p", "get"))
    assert (await client.ask("w:p", "get")).attrs["type"] == "result"


async def test_a_message_is_refused_in_its_ack_and_goes_nowhere(people: People) -> None:
    number, device, client = await people.shop()
    other, lid = await customer(people)
    await people.post("/faults", number=number, kind="ack", error=463, times=1)
    assert (await write(client, device, lid, number="M1")).attrs["error"] == "463"
    assert "error" not in (await write(client, device, lid, number="M2")).attrs
    assert [message["id"] for message in await people.received(other)] == ["M2"]


async def test_a_message_can_not_be_decrypted(people: People) -> None:
    number, device, client = await people.shop()
    other, lid = await customer(people)
    await write(client, device, lid)
    await people.post("/faults", number=number, kind="undecryptable", times=1)
    await people.say(other, number, "ruim")
    enc = (await client.expect("message")).child("enc")
    with pytest.raises(BadMacError):
        device.keys.decrypt(lid, enc.text("type"), enc.data)
    await people.say(other, number, "bom")
    enc = (await client.expect("message")).child("enc")
    assert device.keys.decrypt(lid, enc.text("type"), enc.data).conversation == "bom"


@pytest.mark.parametrize("heals", [True, False])
async def test_what_could_not_be_decrypted_is_asked_for_again(people: People, heals: bool) -> None:
    number, device, client = await people.shop()
    other, lid = await customer(people)
    await people.post("/faults", number=number, kind="undecryptable", times=1, heals=heals)
    (said,) = await people.say(other, number, "segredo")
    await client.expect("message")
    keys = node("keys", content=bundle_parts(device.keys.bundle(), None)[1:])
    registration = node("registration", content=device.keys.registration_id.to_bytes(4))
    for count in (1, 2):
        retry = node("retry", {"count": count, "id": said, "t": 1, "v": 1})
        attrs: Attrs = {"to": lid, "id": said, "type": "retry"}
        client.send(node("receipt", attrs, [retry, registration, keys]))
        enc = (await client.expect("message")).child("enc")
        assert enc.attrs["count"] == str(count)
        if heals:
            again = device.keys.decrypt(lid, enc.text("type"), enc.data)
            assert again.conversation == "segredo"
        else:
            with pytest.raises(BadMacError):
                device.keys.decrypt(lid, enc.text("type"), enc.data)


@pytest.mark.parametrize("part", ["hmac", "signature"])
async def test_a_consent_to_a_pairing_is_spoilt(people: People, part: str) -> None:
    number, device = people.new_number(), RawDevice()
    await people.post("/faults", number=number, kind="pairing", spoil=part, times=1)
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.registration())
    refs = await client.refs()
    scan = asyncio.create_task(people.post("/scan", number=number, qr=device.qr(refs[0])))
    iq = await client.expect(lambda stanza: stanza.find("pair-success") is not None)
    consent = iq.child("pair-success").child("device-identity").data
    assert genuine(consent, device) == (part != "hmac", part != "signature")
    client.close()
    with pytest.raises(RefusedError):
        await scan
