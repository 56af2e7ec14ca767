import asyncio
import base64
import io
from typing import Any

import pytest
import qrcode

from simulator.curve import KeyPair
from simulator.nodes import Attrs, Jid, Node, node
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient
from tests.simulator.raw_device import RawDevice
from tests.simulator.real.simulator_process import RefusedError


async def showing(people: People, device: RawDevice) -> tuple[RawClient, list[bytes]]:
    """Connect a device that wants to be linked; return its refs too."""
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.registration())
    return client, await client.refs()


async def refused(people: People, path: str, **body: object) -> str:
    """Return the sentence with which a phone says no."""
    with pytest.raises(RefusedError) as refusal:
        await people.post(path, **body)
    status, sentence = refusal.value.args
    assert status == 422
    return str(sentence)


def picture(text: str) -> str:
    stream = io.BytesIO()
    qrcode.make(text).save(stream)
    return base64.b64encode(stream.getvalue()).decode()


async def test_a_client_gets_six_refs_that_are_all_different(people: People) -> None:
    _, refs = await showing(people, RawDevice())
    assert len(set(refs)) == 6


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,"])
async def test_a_picture_of_the_code_can_be_scanned(people: People, prefix: str) -> None:
    number, device = people.new_number(), RawDevice()
    client, refs = await showing(people, device)
    image = prefix + picture(device.qr(refs[2]))
    scan = asyncio.create_task(people.post("/scan", number=number, image=image))
    await client.consent(device)
    assert (await scan)["jid"] == f"{number[1:]}:1@s.whatsapp.net"
    (linked,) = (await people.get(f"/devices?number={number}"))["devices"]
    assert (linked["lid"], linked["online"]) == (f"{device.lid}:1@lid", False)


async def test_a_code_that_was_used_or_never_shown_is_unknown(people: People) -> None:
    device = await people.link(people.new_number())
    for ref in (b"2@made-up", device.used_ref):
        sentence = await refused(people, "/scan", number=people.new_number(), qr=device.qr(ref))
        assert "desconhecido" in sentence


async def test_a_code_is_gone_when_who_showed_it_is_gone(people: People) -> None:
    device = RawDevice()
    client, refs = await showing(people, device)
    await client.closed()
    async with asyncio.timeout(10):
        while (await people.get("/stats"))["connections"]:
            pass
    sentence = await refused(people, "/scan", number=people.new_number(), qr=device.qr(refs[0]))
    assert "desconhecido" in sentence


async def test_a_code_with_the_keys_of_another_device_is_refused(people: People) -> None:
    _, refs = await showing(people, RawDevice())
    text, before = RawDevice().qr(refs[0]), await people.refusals("pairing-qr-keys")
    assert "não pertence" in await refused(people, "/scan", number=people.new_number(), qr=text)
    assert await people.refusals("pairing-qr-keys") == before + 1


@pytest.mark.parametrize("text", ["https://example.com", "2@ref,a,b,c,1", "2@ref,YQ==,YQ==,YQ==,1"])
async def test_other_qr_codes_are_not_whatsapps(people: People, text: str) -> None:
    sentence = await refused(people, "/scan", number=people.new_number(), qr=text)
    assert "WhatsApp" in sentence


async def test_a_picture_without_a_code_is_refused(people: People) -> None:
    image = base64.b64encode(b"no picture at all").decode()
    await refused(people, "/scan", number=people.new_number(), image=image)


async def test_a_device_whose_signature_is_wrong_is_not_linked(people: People) -> None:
    number, device = people.new_number(), RawDevice()
    client, refs = await showing(people, device)
    before = await people.refusals("pairing-signature")
    scan = asyncio.create_task(refused(people, "/scan", number=number, qr=device.qr(refs[0])))
    await client.consent(device, spoil=True)
    assert (await client.expect("stream:error")).attrs["code"] == "401"
    assert "assinatura" in await scan
    assert await people.refusals("pairing-signature") == before + 1
    assert (await people.get(f"/devices?number={number}"))["devices"] == []


async def test_a_device_that_signs_with_another_identity_is_not_linked(people: People) -> None:
    number, device = people.new_number(), RawDevice()
    client, refs = await showing(people, device)
    scan = asyncio.create_task(refused(people, "/scan", number=number, qr=device.qr(refs[0])))
    await client.consent(RawDevice())
    assert "assinatura" in await scan


async def test_a_device_that_refuses_the_phones_proof_is_not_linked(people: People) -> None:
    number, device = people.new_number(), RawDevice()
    client, refs = await showing(people, device)
    scan = asyncio.create_task(refused(people, "/scan", number=number, qr=device.qr(refs[0])))
    iq = await client.expect("iq")
    error = node("error", {"code": 401, "text": "hmac-mismatch"})
    client.send(node("iq", {"id": iq.text("id"), "type": "error"}, [error]))
    assert "hmac-mismatch" in await scan


async def test_a_device_that_hangs_up_while_it_is_linked_is_not_linked(people: People) -> None:
    device = RawDevice()
    client, refs = await showing(people, device)
    number = people.new_number()
    scan = asyncio.create_task(refused(people, "/scan", number=number, qr=device.qr(refs[0])))
    await client.expect("iq")
    await client.closed()
    assert "não respondeu" in await scan


async def test_a_fifth_device_is_one_too_many(people: People) -> None:
    number = people.new_number()
    for _ in range(4):
        await people.link(number)
    device = RawDevice()
    _, refs = await showing(people, device)
    assert "No máximo 4" in await refused(people, "/scan", number=number, qr=device.qr(refs[0]))
    await people.post("/remove", number=number, device=2)
    ids = [d["device"] for d in (await people.get(f"/devices?number={number}"))["devices"]]
    assert ids == [1, 3, 4]
    assert (await people.link(number)).id == 5


@pytest.mark.parametrize(
    ("field", "value", "kind"),
    [
        ("eSkeySig", bytes(64), "registration-signature"),
        ("eSkeyVal", bytes(32), "registration-signature"),
        ("eIdent", bytes(31), "registration-signature"),
        ("eKeytype", b"\x06", "registration-malformed"),
        ("eRegid", bytes(3), "registration-malformed"),
        ("eSkeyID", bytes(4), "registration-malformed"),
    ],
)
async def test_a_registration_that_is_not_genuine_is_turned_away(
    people: People, field: str, value: bytes, kind: str
) -> None:
    device, before = RawDevice(), await people.refusals(kind)
    payload = device.registration()
    setattr(payload.devicePairingData, field, value)
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, payload)
    assert (await client.expect("failure")).attrs["reason"] == "400"
    await client.expect_end()
    assert await people.refusals(kind) == before + 1


def companion_hello(number: str, **changed: Any) -> Node:
    parts = {
        "link_code_pairing_wrapped_companion_ephemeral_pub": bytes(80),
        "companion_server_auth_key_pub": bytes(32),
    } | changed
    attrs: Attrs = {"jid": Jid(number[1:], "s.whatsapp.net"), "stage": "companion_hello"}
    content = [node(tag, content=data) for tag, data in parts.items()]
    return node("link_code_companion_reg", attrs, content)


async def test_a_wrong_code_is_said_on_the_phone(people: People) -> None:
    number, device = people.new_number(), RawDevice()
    client, _ = await showing(people, device)
    answer = await client.ask("md", "set", companion_hello(number))
    ref = answer.child("link_code_companion_reg").child("link_code_pairing_ref").data
    typed = asyncio.create_task(refused(people, "/code", number=number, code="ABCD-1234"))
    told = (await client.expect("notification")).child("link_code_companion_reg")
    assert told.child("link_code_pairing_ref").data == ref
    finish = [
        node("link_code_pairing_wrapped_key_bundle", content=bytes(32 + 12 + 96 + 16)),
        node("companion_identity_public", content=device.keys.identity.public),
        node("link_code_pairing_ref", content=ref),
    ]
    stage = node("link_code_companion_reg", {"stage": "companion_finish"}, finish)
    assert (await client.ask("md", "set", stage)).attrs["type"] == "result"
    assert "errado" in await typed


async def test_a_code_for_another_number_finds_nobody(people: People) -> None:
    client, _ = await showing(people, RawDevice())
    await client.ask("md", "set", companion_hello(people.new_number()))
    sentence = await refused(people, "/code", number=people.new_number(), code="ABCD-1234")
    assert "Nenhum aparelho" in sentence


@pytest.mark.parametrize("length", [0, 79])
async def test_a_wrapped_key_of_the_wrong_length_is_a_bad_request(
    people: People, length: int
) -> None:
    client, _ = await showing(people, RawDevice())
    changed = {"link_code_pairing_wrapped_companion_ephemeral_pub": bytes(length)}
    answer = await client.ask("md", "set", companion_hello(people.new_number(), **changed))
    assert answer.child("error").attrs["code"] == "400"


async def test_an_answer_that_nobody_waits_for_is_refused(people: People) -> None:
    device = RawDevice()
    client, _ = await showing(people, device)
    await client.ask("md", "set", companion_hello(people.new_number()))
    for identity in (KeyPair.generate().public, device.keys.identity.public):
        finish = [
            node("link_code_pairing_wrapped_key_bundle", content=bytes(156)),
            node("companion_identity_public", content=identity),
            node("link_code_pairing_ref", content=b"made up"),
        ]
        stage = node("link_code_companion_reg", {"stage": "companion_finish"}, finish)
        assert (await client.ask("md", "set", stage)).attrs["type"] == "error"
