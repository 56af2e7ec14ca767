import hashlib
from collections.abc import Mapping

import pytest

from simulator.curve import KeyPair
from simulator.nodes import Node, node
from tests.simulator.people import People
from tests.simulator.raw_device import RawDevice


def one_time(number: int, length: int = 32) -> Node:
    value = node("value", content=KeyPair.generate().public[:length])
    return node("key", content=[node("id", content=number.to_bytes(3)), value])


def signed(device: RawDevice, signature: bytes | None = None) -> Node:
    bundle = device.keys.bundle()
    parts = {
        "id": bundle.signed_prekey_id.to_bytes(3),
        "value": bundle.signed_prekey,
        "signature": signature or bundle.signature,
    }
    return node("skey", content=[node(tag, content=data) for tag, data in parts.items()])


def upload(device: RawDevice, changed: Mapping[str, Node] | None = None) -> list[Node]:
    parts = {
        "registration": node("registration", content=device.keys.registration_id.to_bytes(4)),
        "type": node("type", content=b"\x05"),
        "identity": node("identity", content=device.keys.identity.public),
        "list": node("list", content=[one_time(number) for number in range(1, 7)]),
        "skey": signed(device),
    }
    return list((parts | dict(changed or {})).values())


async def test_each_one_time_key_is_handed_out_once_and_more_are_asked_for(people: People) -> None:
    _, device, client = await people.shop()
    assert (await client.ask("encrypt", "set", *upload(device))).attrs["type"] == "result"
    count = await client.ask("encrypt", "get", node("count"))
    assert count.child("count").attrs["value"] == "6"
    _, _, other = await people.shop()
    wanted = node("key", content=[node("user", {"jid": device.jid, "reason": "identity"})])
    seen = []
    for _ in range(7):
        (user,) = (await other.ask("encrypt", "get", wanted)).child("list").children
        assert user.child("identity").data == device.keys.identity.public
        assert user.child("device-identity").data
        key = user.find("key")
        seen.append(key.child("id").data if key else None)
    assert seen == [*(number.to_bytes(3) for number in range(1, 7)), None]
    told = await client.expect("notification")
    assert (told.attrs["type"], told.child("count").attrs["value"]) == ("encrypt", "4")


async def test_a_phone_has_a_bundle_and_nobody_has_none(people: People) -> None:
    number, device, client = await people.shop()
    await people.post("/accounts", number=number, name="Loja")
    jids = [device.number_jid.account, device.jid.at_device(9)]
    wanted = node("key", content=[node("user", {"jid": jid}) for jid in jids])
    phone, nobody = (await client.ask("encrypt", "get", wanted)).child("list").children
    assert phone.child("skey").child("signature").data
    assert phone.find("key") is None
    assert nobody.child("error").attrs["code"] == "406"


@pytest.mark.parametrize(
    ("part", "wrong", "kind"),
    [
        ("skey", None, "prekey-signature"),
        ("list", node("list", content=[one_time(1, length=31)]), "prekey-length"),
        ("identity", node("identity", content=bytes(32)), "prekey-identity"),
        ("type", node("type", content=b"\x06"), "prekey-identity"),
        ("registration", node("registration", content=bytes(4)), "prekey-registration"),
    ],
)
async def test_keys_that_are_not_right_are_not_taken(
    people: People, part: str, wrong: Node | None, kind: str
) -> None:
    _, device, client = await people.shop()
    before = await people.refusals(kind)
    changed = {part: wrong or signed(device, bytes(64))}
    answer = await client.ask("encrypt", "set", *upload(device, changed))
    assert answer.child("error").attrs["code"] == "406"
    assert await people.refusals(kind) == before + 1
    count = await client.ask("encrypt", "get", node("count"))
    assert count.child("count").attrs["value"] == "0"


async def test_a_new_signed_prekey_must_be_signed_too(people: People) -> None:
    _, device, client = await people.shop()
    right = await client.ask("encrypt", "set", node("rotate", content=[signed(device)]))
    assert right.attrs["type"] == "result"
    wrong = await client.ask("encrypt", "set", node("rotate", content=[signed(device, bytes(64))]))
    assert wrong.child("error").attrs["code"] == "406"


async def test_a_device_can_compare_its_keys_with_those_that_are_left(people: People) -> None:
    _, device, client = await people.shop()
    keys = upload(device)
    assert (await client.ask("encrypt", "set", *keys)).attrs["type"] == "result"
    parts = {part.tag: part for part in keys}
    signed_key, one_time = parts["skey"], parts["list"].children
    digest = (await client.ask("encrypt", "get", node("digest"))).child("digest")
    assert digest.child("registration").data == parts["registration"].data
    assert digest.child("type").data == parts["type"].data
    assert digest.child("skey").child("id").data == signed_key.child("id").data
    told = [part.data for part in digest.child("list").children]
    assert told == [key.child("id").data for key in one_time]
    hashed = [device.keys.identity.public]
    hashed += [signed_key.child(tag).data for tag in ("value", "signature")]
    hashed += [key.child("value").data for key in one_time]
    expected = hashlib.sha1(b"".join(hashed), usedforsecurity=False).digest()
    assert digest.child("hash").data == expected


async def test_before_the_first_upload_only_the_signed_prekey_is_there(people: People) -> None:
    _, device, client = await people.shop()
    digest = (await client.ask("encrypt", "get", node("digest"))).child("digest")
    assert digest.child("skey").child("value").data == device.keys.bundle().signed_prekey
    assert digest.child("list").children == []
