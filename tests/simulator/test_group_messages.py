"""The way of messages and receipts in groups, between phones and raw linked devices."""

from typing import Any

from simulator.nodes import Attrs, Jid, Node, node
from simulator.phone import contents
from simulator.phone.phone import Phone
from simulator.stanzas import participant_hash
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient, silent
from tests.simulator.raw_device import RawDevice
from tests.simulator.test_groups import group_of, told_of_group
from tests.simulator.test_messages import bundles, customer, enc

TEXT = contents.text_message("Bom dia, grupo")


def sealed_for_all(keys: Phone, group: Jid) -> Node:
    return enc("skmsg", keys.group_keys.encrypt(group, TEXT))


def message(group: Jid, content: list[Node], **more: Any) -> Node:
    attrs: Attrs = {"to": group, "id": "G1", "type": "text", "addressing_mode": "lid", **more}
    return node("message", attrs, content)


async def write(
    client: RawClient, device: RawDevice, group: Jid, to: list[Jid], phash: str = "2:x"
) -> Node:
    """Send a text to a group, and its key to these phones; return the ack."""
    key = device.keys.group_keys.with_key(group)
    participants = []
    for jid, bundle in zip(to, await bundles(client, *to), strict=True):
        sealed = enc(*device.keys.encrypt(jid, key, bundle))
        participants.append(node("to", {"jid": jid}, [sealed]))
    named = node("participants", content=participants)
    client.send(message(group, [named, sealed_for_all(device.keys, group)], phash=phash))
    return await client.expect("ack")


async def test_what_a_device_writes_reaches_every_phone(people: People) -> None:
    shop, device, client = await people.shop()
    (ana, ana_lid), (bia, bia_lid) = await customer(people), await customer(people)
    group = await group_of(people, shop, ana, bia)
    phones, own = [ana_lid, bia_lid], device.jid
    right = participant_hash([*phones, own, own.account])
    ack = await write(client, device, group, [*phones, own.account], right)
    assert (ack.jid("from"), "error" in ack.attrs, "phash" in ack.attrs) == (group, False, False)
    receipts = [await client.expect("receipt") for _ in phones]
    assert {receipt.jid("participant") for receipt in receipts} == set(phones)
    assert all(receipt.jid("from") == group for receipt in receipts)
    for number in (ana, bia):
        (received,) = await people.received(number)
        assert (received["text"], received["from"]) == ("Bom dia, grupo", shop)
        assert (received["group"], "fromMe" in received) == (str(group), False)
    (own_copy,) = await people.received(shop)
    assert (own_copy["fromMe"], own_copy["to"]) == (True, str(group))


async def test_a_phone_that_was_not_told_the_key_asks_and_is_told(people: People) -> None:
    shop, device, client = await people.shop()
    ana, lid = await customer(people)
    group = await group_of(people, shop, ana)
    before = await people.refusals("enc-sender-key")
    ack = await write(client, device, group, [])
    own = device.jid
    assert ack.attrs["phash"] == participant_hash([own, own.account, lid])
    retry = await client.expect(lambda s: s.tag == "receipt" and s.jid("participant") == lid)
    assert (retry.attrs["type"], retry.child("retry").number("count")) == ("retry", 1)
    assert await people.refusals("enc-sender-key") == before + 2  # the shop's own phone as well
    with_key = device.keys.group_keys.with_key(group, TEXT)
    again = enc(*device.keys.encrypt(lid, with_key, (await bundles(client, lid))[0]))
    again.attrs["count"] = "1"
    client.send(message(group, [again], participant=lid))
    delivered = await client.expect(lambda s: s.tag == "receipt" and "type" not in s.attrs)
    assert (delivered.jid("participant"), delivered.text("id")) == (lid, "G1")
    assert [each["text"] for each in await people.received(ana)] == ["Bom dia, grupo"]


async def test_a_member_tells_a_device_its_key_once_and_again_when_it_is_asked(
    people: People,
) -> None:
    shop, device, client = await people.shop()
    ana, lid = await customer(people)
    group = await group_of(people, ana, shop)
    (number, _) = await people.say(ana, str(group), "oi", count=2)
    first = await client.expect("message")
    assert (first.jid("from"), first.jid("participant")) == (group, lid)
    assert str(first.jid("participant_pn")) == f"{ana[1:]}@s.whatsapp.net"
    assert [part.attrs["type"] for part in first.children] == ["pkmsg", "skmsg"]
    second = await client.expect("message")
    assert [part.attrs["type"] for part in second.children] == ["skmsg"]
    parts = [
        node("retry", {"count": 1, "id": number, "t": first.text("t"), "v": 1}),
        node("registration", content=device.keys.registration_id.to_bytes(4)),
    ]
    attrs: Attrs = {"to": group, "participant": lid, "id": number, "type": "retry"}
    client.send(node("receipt", attrs, parts))
    repeated = await client.expect("message")
    assert (repeated.text("id"), repeated.jid("participant")) == (number, lid)
    (only,) = repeated.children
    assert only.attrs["count"] == "1"
    read = device.keys.decrypt(lid, only.text("type"), only.data)
    assert contents.read(read).text == "oi 1"
    device.keys.group_keys.learn(group, lid, read)
    await people.say(ana, str(group), "sim?")
    third = (await client.expect("message")).child("enc")
    assert contents.read(device.keys.group_keys.decrypt(group, lid, third.data)).text == "sim?"


async def test_a_stanza_of_a_group_is_acknowledged_for_the_member_it_comes_from(
    people: People,
) -> None:
    shop, _, client = await people.shop()
    ana, lid = await customer(people)
    group = await group_of(people, ana, shop)
    await told_of_group(client)
    (number,) = await people.say(ana, str(group), "oi")
    await client.expect("message")
    attrs: Attrs = {"to": group, "participant": lid, "id": number}
    client.send(node("receipt", attrs))
    ack = await client.expect("ack")
    assert (ack.jid("from"), "error" in ack.attrs) == (group, False)
    states = {stanza["id"]: stanza["state"] for stanza in await people.queue(shop)}
    assert states[number] == "acknowledged"
    receipts = (await people.get(f"/receipts?number={ana[1:]}"))["receipts"]
    devices = {each["device"] for each in receipts if each["from"] == shop}
    assert devices == {0, 1}


async def test_messages_that_are_wrong_are_refused(people: People) -> None:
    shop, device, client = await people.shop()
    _, stranger = await customer(people)
    group = await group_of(people, shop)
    strangers = await group_of(people, people.new_number())
    sealed, key = sealed_for_all(device.keys, group), enc("msg", b"x")
    nobody = node("participants", content=[])
    outside = node("participants", content=[node("to", {"jid": stranger}, [key])])
    for wrong, error in (
        (message(strangers, [nobody, sealed], phash="2:x"), "403"),
        (message(Jid("120363", "g.us"), [nobody, sealed], phash="2:x"), "404"),
        (message(group, [nobody, sealed], phash="2:x", addressing_mode="pn"), "421"),
        (message(group, [outside, sealed], phash="2:x"), "479"),
        (message(group, [nobody, key], phash="2:x"), "400"),
        (message(group, [key], participant=stranger), "479"),
        (message(group, [sealed], participant=device.jid.account), "400"),
    ):
        client.send(wrong)
        assert (await client.expect("ack")).attrs["error"] == error
    await silent(client.expect("receipt"))


async def test_typing_in_a_group_is_told_to_who_is_there(people: People) -> None:
    shop, device, client = await people.shop()
    other, _, there = await people.shop()
    group = await group_of(people, shop, other)
    await people.be_available(client, there)
    client.send(node("chatstate", {"to": group}, [node("composing")]))
    state = await there.expect("chatstate")
    assert (state.jid("from"), state.jid("participant")) == (group, device.jid.account)


async def test_who_reads_in_a_group_tells_its_own_devices_too(people: People) -> None:
    shop, _, client = await people.shop()
    ana, lid = await customer(people)
    group = str(await group_of(people, ana, shop))
    (number,) = await people.say(ana, group, "oi")
    await people.post("/mark-read", by=shop, of=ana, ids=[number], group=group)
    read = await client.expect("receipt")
    assert (read.attrs["type"], read.jid("recipient")) == ("read-self", lid)


async def test_who_has_left_still_confirms_what_came_before_but_is_told_no_key(
    people: People,
) -> None:
    shop, _, client = await people.shop()
    ana, lid = await customer(people)
    group = await group_of(people, ana, shop)
    (number,) = await people.say(ana, str(group), "oi")
    await people.post("/groups/change", group=str(group), remove=[shop])
    client.send(node("receipt", {"to": group, "participant": lid, "id": number}))
    ack = await client.expect(lambda s: s.tag == "ack" and s.attrs["id"] == number)
    assert "error" not in ack.attrs
    retry = node("retry", {"count": 1, "id": number, "t": 1, "v": 1})
    registration = node("registration", content=bytes(4))
    attrs: Attrs = {"to": group, "participant": lid, "id": number, "type": "retry"}
    client.send(node("receipt", attrs, [retry, registration]))
    assert "error" not in (await client.expect("ack")).attrs
    await silent(client.expect("message"))
