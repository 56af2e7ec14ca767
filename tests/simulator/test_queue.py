from pathlib import Path

import pytest

from simulator.mailbox import Mailbox
from simulator.nodes import Attrs, Jid, Node, node
from simulator.records import SqliteRecords
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient
from tests.simulator.real.simulator_process import SimulatorProcess

NUMBERS = (f"+552199{number:07}" for number in range(100))


def stanza(number: str, sender: str = "1") -> Node:
    return node("message", {"id": number, "from": Jid(sender, "lid")})


def test_the_oldest_of_several_with_one_name_is_acknowledged_first(tmp_path: Path) -> None:
    mailbox = Mailbox(SqliteRecords(tmp_path / "records"), "5511:1")
    first, other, second = (mailbox.put(stanza(number)) for number in ("A", "B", "A"))
    assert mailbox.acknowledge("message/A", {"1"})
    assert mailbox.pending() == [other, second]
    assert mailbox.acknowledge("message/A", {"1"})
    assert mailbox.pending() == [other]
    assert mailbox.acknowledge("message/A", {"1"})
    assert first not in mailbox.pending()


def test_another_sender_another_class_and_another_id_are_unknown() -> None:
    mailbox = Mailbox(SqliteRecords(":memory:"), "5511:1")
    entry = mailbox.put(stanza("A"))
    for name, user in (("message/A", "2"), ("receipt/A", "1"), ("message/B", "1")):
        assert not mailbox.acknowledge(name, {user})
    assert mailbox.pending() == [entry]


def test_a_mailbox_made_again_from_its_records_is_the_same(tmp_path: Path) -> None:
    records = SqliteRecords(tmp_path / "records")
    mailbox = Mailbox(records, "5511:1")
    mailbox.put(stanza("A"))
    mailbox.put(stanza("B"))
    mailbox.acknowledge("message/A", {"1"})
    again = Mailbox(SqliteRecords(tmp_path / "records"), "5511:1")
    assert again.log() == mailbox.log()
    assert [line["state"] for line in again.log()] == ["acknowledged", "queued"]
    assert again.put(stanza("C")).sequence == 3
    assert again.knows("message/A", {"1"})
    assert Mailbox(records, "5511:2").pending() == []


async def states(people: People, number: str, ids: list[str]) -> list[str]:
    lines = await people.queue(number)
    return [line["state"] for line in lines if line["id"] in ids]


async def settle(client: RawClient) -> None:
    """Wait until the server has dealt with what was sent before."""
    await client.ask("w:p", "get")


async def test_a_stanza_stays_until_it_is_acknowledged_not_until_it_is_sent(people: People) -> None:
    number, device, client = await people.shop()
    ids = await people.say(people.new_number(), number, "oi", count=3)
    first, second, third = [await client.expect("message") for _ in ids]
    client.acknowledge(second)
    await settle(client)
    assert await states(people, number, ids) == ["acknowledged", "sent", "sent"]
    await client.closed()
    client = await people.log_in(device)
    again = [await client.expect("message") for _ in range(2)]
    assert [s.text("id") for s in again] == [first.text("id"), third.text("id")]
    orders = [s.number("offline") for s in again]
    assert orders == sorted(orders)
    for stanza in again:
        client.acknowledge(stanza, type="inactive")
    await settle(client)
    assert await states(people, number, ids) == ["acknowledged"] * 3


async def test_the_end_of_the_queue_is_told_even_if_it_is_empty(people: People) -> None:
    _, device, client = await people.shop()
    await settle(client)
    await client.closed()
    client = await people.log_in(device)
    (told,) = (await client.expect("ib")).children
    assert (told.tag, told.attrs["count"]) == ("offline", "0")


async def test_a_message_and_its_retry_are_acknowledged_one_by_one(people: People) -> None:
    number, device, client = await people.shop()
    (said,) = await people.say(people.new_number(), number, "oi")
    stanza = await client.expect("message")
    retry = node("retry", {"count": 1, "id": said, "t": 1, "v": 1})
    registration = node("registration", content=device.keys.registration_id.to_bytes(4))
    attrs: Attrs = {"id": said, "to": stanza.jid("from"), "type": "retry"}
    client.send(node("receipt", attrs, [retry, registration]))
    again = await client.expect("message")
    client.send(node("ack", {"class": "message", "id": said, "to": stanza.jid("from")}))
    await settle(client)
    assert await states(people, number, [said]) == ["acknowledged", "sent"]
    client.acknowledge(again)
    await settle(client)
    assert await states(people, number, [said]) == ["acknowledged"]


async def test_a_receipt_for_something_that_never_came_is_refused(people: People) -> None:
    number, _, client = await people.shop()
    sender = people.new_number()
    await people.say(sender, number, "oi")
    stanza = await client.expect("message")
    before = await people.refusals("receipt-unknown")
    for kind in (None, "read", "retry"):
        attrs: Attrs = {"id": "MADE-UP", "to": stanza.jid("from"), "type": kind}
        client.send(node("receipt", attrs))
        refused = await client.expect("ack")
        assert (refused.attrs["class"], refused.attrs["error"]) == ("receipt", "404")
    assert await people.refusals("receipt-unknown") == before + 3
    receipts = (await people.get(f"/receipts?number={sender}"))["receipts"]
    assert all("MADE-UP" not in line["ids"] for line in receipts)


@pytest.mark.parametrize(
    ("kind", "refusal"), [("wish", "receipt-type"), ("retry", "receipt-malformed")]
)
async def test_a_receipt_that_means_nothing_is_refused(
    people: People, kind: str, refusal: str
) -> None:
    number, _, client = await people.shop()
    (said,) = await people.say(people.new_number(), number, "oi")
    stanza = await client.expect("message")
    before = await people.refusals(refusal)
    client.send(node("receipt", {"id": said, "to": stanza.jid("from"), "type": kind}))
    assert (await client.expect("ack")).attrs["error"] == "400"
    assert await people.refusals(refusal) == before + 1


async def test_an_ack_for_something_that_never_came_is_counted(people: People) -> None:
    _, _, client = await people.shop()
    before = await people.refusals("ack-unknown")
    client.send(node("ack", {"class": "notification", "id": "MADE-UP", "to": Jid("1", "lid")}))
    await settle(client)
    assert await people.refusals("ack-unknown") == before + 1


async def test_read_receipts_reach_the_sender_and_the_readers_other_devices(people: People) -> None:
    number, device, client = await people.shop()
    other = await people.log_in(await people.link(number))
    sender = people.new_number()
    ids = await people.say(sender, number, "oi", count=2)
    first = await client.expect("message")
    more = node("list", content=[node("item", {"id": ids[1]})])
    to = first.jid("from")
    client.send(node("receipt", {"id": ids[0], "to": to, "type": "read"}, [more]))
    assert (await client.expect("ack")).attrs["type"] == "read"
    own = await other.expect("receipt")
    assert (own.attrs["type"], own.jid("recipient")) == ("read-self", to)
    receipts = (await people.get(f"/receipts?number={sender}"))["receipts"]
    assert [line["ids"] for line in receipts if line["type"] == "read"] == [ids]
    assert device.lid == own.jid("from").user


async def test_a_simulator_killed_with_minus_9_forgets_nothing(tmp_path: Path) -> None:
    simulator = SimulatorProcess(tmp_path / "simulator")
    try:
        people = People(simulator, lambda: next(NUMBERS))
        number, device, client = await people.shop()
        await settle(client)
        customer = people.new_number()
        ids = await people.say(customer, number, "oi", count=2)
        client.acknowledge(await client.expect("message"))
        await settle(client)
        before = simulator.where
        devices = await people.get(f"/devices?number={number}")
        simulator.end(kill=True)
        simulator.start()
        assert simulator.where == before
        after = await people.get(f"/devices?number={number}")
        devices["devices"][0]["online"] = False
        assert after == devices
        client = await people.log_in(device)
        assert (await client.expect("message")).text("id") == ids[1]
        assert [m["text"] for m in await people.received(number)] == ["oi 1", "oi 2"]
        (last,) = await people.say(customer, number, "ainda aí?")
        assert (await client.expect("message")).text("id") == last
    finally:
        simulator.close()
