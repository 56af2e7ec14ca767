import pytest

from simulator.nodes import Attrs, Jid, Node, node
from simulator.phone import contents
from simulator.phone.bundle import Bundle
from simulator.stanzas import bundle_parts, participant_hash, read_bundle
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient
from tests.simulator.raw_device import RawDevice

MESSAGE = contents.text_message("Tem o Fusca?")


async def bundles(client: RawClient, *devices: Jid) -> list[Bundle]:
    """Fetch the keys of devices."""
    wanted = node("key", content=[node("user", {"jid": jid}) for jid in devices])
    users = (await client.ask("encrypt", "get", wanted)).child("list").children
    return [read_bundle(u, int.from_bytes(u.child("registration").data)) for u in users]


async def customer(people: People) -> tuple[str, Jid]:
    """Make an account; return its number and its LID."""
    number = people.new_number()
    made = await people.post("/accounts", number=number)
    return number, Jid(made["lid"], "lid")


def enc(kind: str, data: bytes) -> Node:
    return node("enc", {"v": 2, "type": kind}, data)


def message(to: Jid, number: str, encs: dict[Jid, Node]) -> Node:
    participants = [node("to", {"jid": jid}, [part]) for jid, part in encs.items()]
    attrs: Attrs = {"to": to, "id": number, "type": "text"}
    return node("message", attrs, [node("participants", content=participants)])


async def write(
    client: RawClient, device: RawDevice, to: Jid, text: str = "Tem o Fusca?", number: str = "M1"
) -> Node:
    """Send a text to an account's phone alone; return the ack."""
    bundle = None if device.keys.has_session(to) else (await bundles(client, to))[0]
    sealed = enc(*device.keys.encrypt(to, contents.text_message(text), bundle))
    client.send(message(to, number, {to: sealed}))
    return await client.expect("ack")


async def test_a_text_reaches_the_phone_which_confirms_it(people: People) -> None:
    shop, device, client = await people.shop()
    number, lid = await customer(people)
    ack = await write(client, device, lid)
    assert (ack.attrs["class"], ack.attrs["id"], "error" in ack.attrs) == ("message", "M1", False)
    receipt = await client.expect("receipt")
    assert (receipt.jid("from"), receipt.text("id"), "type" in receipt.attrs) == (lid, "M1", False)
    (received,) = await people.received(number)
    assert (received["text"], received["from"]) == ("Tem o Fusca?", shop)


async def test_a_sender_who_leaves_devices_out_is_told_the_right_hash(people: People) -> None:
    _, device, client = await people.shop()
    _, lid = await customer(people)
    ack = await write(client, device, lid)
    own = device.jid
    assert ack.attrs["phash"] == participant_hash([lid, own.account, own])


async def test_devices_that_do_not_exist_or_are_not_in_the_chat_are_refused(people: People) -> None:
    _, _, client = await people.shop()
    _, lid = await customer(people)
    _, stranger = await customer(people)
    sealed, before = enc("msg", b"x"), await people.refusals("message-devices")
    for wrong in (lid.at_device(7), stranger):
        client.send(message(lid, "M1", {lid: sealed, wrong: sealed}))
        assert (await client.expect("ack")).attrs["error"] == "479"
    client.send(message(lid, "M1", {}))
    assert (await client.expect("ack")).attrs["error"] == "479"
    assert await people.refusals("message-devices") == before + 3


async def test_a_message_to_nobody_is_refused(people: People) -> None:
    _, _, client = await people.shop()
    for nobody in (Jid("123", "lid"), Jid("5500", "s.whatsapp.net"), Jid("", "s.whatsapp.net")):
        client.send(message(nobody, "M1", {nobody: enc("msg", b"x")}))
        assert (await client.expect("ack")).attrs["error"] == "479"


@pytest.mark.parametrize(
    "content",
    [
        [],
        [node("enc", {"v": 1, "type": "msg"}, b"x")],
        [node("enc", {"v": 2, "type": "plain"}, b"x")],
        [node("enc", {"v": 2, "type": "msg"})],
        [node("participants", content=[node("from")])],
    ],
)
async def test_a_malformed_message_is_refused(people: People, content: list[Node]) -> None:
    _, _, client = await people.shop()
    _, lid = await customer(people)
    before = await people.refusals("message-malformed")
    client.send(node("message", {"to": lid, "id": "M1", "type": "text"}, content))
    assert (await client.expect("ack")).attrs["error"] == "400"
    assert await people.refusals("message-malformed") == before + 1


async def test_what_the_phone_can_not_decrypt_it_asks_for_again(people: People) -> None:
    _, device, client = await people.shop()
    number, lid = await customer(people)
    await write(client, device, lid, "um", "M1")
    kind, data = device.keys.encrypt(lid, MESSAGE)
    spoilt = data[:-1] + bytes([data[-1] ^ 1])
    client.send(message(lid, "M2", {lid: enc(kind, spoilt)}))
    receipt = await client.expect(lambda s: s.tag == "receipt" and s.attrs.get("type") == "retry")
    assert receipt.jid("from") == lid
    assert receipt.child("retry").number("count") == 1
    assert [m["text"] for m in await people.received(number)] == ["um"]
    again = enc(*device.keys.encrypt(lid, MESSAGE))
    again.attrs["count"] = "1"
    client.send(node("message", {"to": lid, "id": "M2", "type": "text"}, [again]))
    await client.expect(lambda s: s.tag == "receipt" and s.attrs["id"] == "M2")
    assert [m["text"] for m in await people.received(number)] == ["um", "Tem o Fusca?"]


async def test_from_the_second_time_on_the_phone_sends_its_keys_and_then_gives_up(
    people: People,
) -> None:
    _, _, client = await people.shop()
    _, lid = await customer(people)
    (bundle,) = await bundles(client, lid)
    for count in range(5):
        unknown = enc("msg", b"3" + bytes(60))
        unknown.attrs["count"] = str(count)
        client.send(node("message", {"to": lid, "id": "M1", "type": "text"}, [unknown]))
        receipt = await client.expect("receipt")
        assert receipt.child("retry").number("count") == count + 1
        keys = receipt.find("keys")
        assert (keys is not None) == (count > 0)
        if keys:
            assert read_bundle(keys, bundle.registration_id) == bundle
    unknown.attrs["count"] = "5"
    client.send(node("message", {"to": lid, "id": "M1", "type": "text"}, [unknown]))
    await client.expect("ack")
    client.send(node("iq", {"xmlns": "w:p", "type": "get", "id": "ping"}))
    assert (await client.receive()).attrs["id"] == "ping"


async def test_a_text_that_comes_twice_is_shown_once(people: People) -> None:
    _, device, client = await people.shop()
    number, lid = await customer(people)
    sealed = enc(*device.keys.encrypt(lid, MESSAGE, (await bundles(client, lid))[0]))
    for _ in range(2):
        client.send(message(lid, "M1", {lid: sealed}))
        receipt = await client.expect("receipt")
        assert "type" not in receipt.attrs
    assert len(await people.received(number)) == 1


async def test_a_device_with_another_identity_than_its_own_is_not_believed(people: People) -> None:
    _, _, client = await people.shop()
    number, lid = await customer(people)
    impostor, before = RawDevice(), await people.refusals("enc-identity")
    sealed = enc(*impostor.keys.encrypt(lid, MESSAGE, (await bundles(client, lid))[0]))
    client.send(message(lid, "M1", {lid: sealed}))
    assert (await client.expect("receipt")).attrs["type"] == "retry"
    assert await people.received(number) == []
    assert await people.refusals("enc-identity") == before + 1


async def test_a_customers_text_is_encrypted_for_the_device_and_in_order(people: People) -> None:
    shop, device, client = await people.shop()
    number, lid = await customer(people)
    ids = await people.say(number, shop, "oi", count=3)
    for index, expected in enumerate(ids, 1):
        stanza = await client.expect("message")
        assert (stanza.jid("from"), stanza.text("id")) == (lid, expected)
        assert stanza.jid("sender_pn") == Jid(number[1:], "s.whatsapp.net")
        sealed = stanza.child("enc")
        read = device.keys.decrypt(lid, sealed.text("type"), sealed.data)
        assert read.conversation == f"oi {index}"
    assert [m["text"] for m in await people.received(shop)] == ["oi 1", "oi 2", "oi 3"]


async def test_a_device_that_asks_again_gets_the_text_in_a_new_session(people: People) -> None:
    shop, device, client = await people.shop()
    number, lid = await customer(people)
    (said,) = await people.say(number, shop, "oi")
    await client.expect("message")
    retry = node("retry", {"count": 1, "id": said, "t": 1, "v": 1})
    registration = node("registration", content=device.keys.registration_id.to_bytes(4))
    client.send(node("receipt", {"id": said, "to": lid, "type": "retry"}, [retry, registration]))
    again = await client.expect("message")
    assert (again.text("id"), again.child("enc").attrs["count"]) == (said, "1")
    sealed = again.child("enc")
    assert device.keys.decrypt(lid, sealed.text("type"), sealed.data).conversation == "oi"


@pytest.mark.parametrize("genuine", [True, False])
async def test_the_keys_of_who_asks_again_must_be_its_own(people: People, genuine: bool) -> None:
    shop, device, client = await people.shop()
    number, lid = await customer(people)
    (said,) = await people.say(number, shop, "oi")
    await client.expect("message")
    keys = (device if genuine else RawDevice()).keys
    parts = [
        node("retry", {"count": 2, "id": said, "t": 1, "v": 1}),
        node("registration", content=keys.registration_id.to_bytes(4)),
        node("keys", content=bundle_parts(keys.bundle(), None)[1:]),
    ]
    client.send(node("receipt", {"id": said, "to": lid, "type": "retry"}, parts))
    assert ("error" in (await client.expect("ack")).attrs) != genuine


async def test_own_devices_get_a_copy(people: People) -> None:
    shop, device, client = await people.shop()
    second = await people.link(shop)
    other = await people.log_in(second)
    number, lid = await customer(people)
    sealed = enc(*device.keys.encrypt(lid, MESSAGE, (await bundles(client, lid))[0]))
    client.send(message(lid, "M1", {lid: sealed, second.jid: enc("msg", b"a copy")}))
    copy = await other.expect(lambda s: s.tag == "message" and "category" not in s.attrs)
    assert copy.jid("from") == device.jid
    assert copy.jid("recipient") == lid
    assert copy.jid("peer_recipient_pn") == Jid(number[1:], "s.whatsapp.net")
    assert copy.child("enc").data == b"a copy"


async def test_who_asked_for_a_list_of_devices_hears_when_it_changes(people: People) -> None:
    shop, device, _ = await people.shop()
    _, _, watcher = await people.shop()
    query = node("query", content=[node("devices", {"version": 2})])
    users = node("list", content=[node("user", {"jid": device.jid.account})])
    attrs: Attrs = {"sid": "1", "mode": "query", "context": "message", "last": "true", "index": "0"}
    answer = await watcher.ask("usync", "get", node("usync", attrs, [query, users]))
    (user,) = answer.child("usync").child("list").children
    listed = user.child("devices").child("device-list").children
    assert [entry.attrs["id"] for entry in listed] == ["0", "1"]
    second = await people.link(shop)
    told = await watcher.expect("notification")
    added = told.child("add")
    assert told.attrs["type"] == "devices"
    assert added.child("device").jid("jid") == second.jid
    account = device.jid.account
    assert added.attrs["device_hash"] == participant_hash([account, device.jid, second.jid])
    watcher.acknowledge(told)
    await people.post("/remove", number=shop, device=2)
    assert (await watcher.expect("notification")).child("remove")
