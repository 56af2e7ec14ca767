"""Groups: how they are made, described and changed, and what their members' phones write."""

from typing import Any

import pytest

from simulator.nodes import Attrs, Jid, Node, node
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient
from tests.simulator.real.simulator_process import RefusedError
from tests.simulator.test_messages import customer


async def group_of(people: People, *numbers: str) -> Jid:
    made = await people.post("/groups", subject="Carros", members=list(numbers))
    return Jid.parse(str(made["jid"]))


async def told_of_group(client: RawClient) -> Node:
    notification = await client.expect("notification")
    client.acknowledge(notification, participant=str(notification.jid("participant")))
    return notification


async def ask(client: RawClient, to: Jid, *content: Node) -> Node:
    attrs: Attrs = {"xmlns": "w:g2", "type": "get", "id": "g1", "to": to}
    client.send(node("iq", attrs, list(content)))
    return await client.expect(lambda s: s.tag == "iq" and s.attrs["id"] == "g1")


async def query(client: RawClient, group: Jid) -> Node:
    return await ask(client, group, node("query", {"request": "interactive"}))


async def test_groups_are_made_and_listed(people: People) -> None:
    ana, bia = people.new_number(), people.new_number()
    made = await people.post("/groups", subject="Carros", members=[ana, bia])
    assert (made["subject"], made["members"]) == ("Carros", [ana, bia])
    assert str(made["jid"]).endswith("@g.us")
    assert made in (await people.get("/groups"))["groups"]


@pytest.mark.parametrize(
    "body",
    [
        {"members": ["+5511987654321"]},
        {"subject": "Carros"},
        {"subject": "Carros", "members": []},
        {"subject": "Carros", "members": ["+5511987654321"] * 2},
        {"subject": "Carros", "members": ["11987654321"]},
        {"subject": "Carros", "members": [1]},
    ],
)
async def test_a_group_that_makes_no_sense_is_refused(people: People, body: Any) -> None:
    with pytest.raises(RefusedError) as refused:
        await people.post("/groups", **body)
    assert refused.value.args[0] == 400


async def test_only_members_write_and_only_to_groups_that_exist(people: People) -> None:
    ana, stranger = people.new_number(), people.new_number()
    group = str(await group_of(people, ana))
    for sender, to, status in (
        (stranger, group, 422),
        (ana, "120363999999999999@g.us", 404),
        (ana, "a:b@g.us", 400),
    ):
        with pytest.raises(RefusedError) as refused:
            await people.say(sender, to, "oi")
        assert refused.value.args[0] == status


async def test_a_members_text_reaches_the_other_phones_with_group_and_author(
    people: People,
) -> None:
    ana, bia, caio = (people.new_number() for _ in range(3))
    group = str(await group_of(people, ana, bia, caio))
    for text in ("oi", "tudo bem?"):
        await people.say(ana, group, text)
    for number in (bia, caio):
        received = await people.received(number)
        assert [message["text"] for message in received] == ["oi", "tudo bem?"]
        assert {(message["group"], message["from"]) for message in received} == {(group, ana)}
    assert await people.received(ana) == []
    receipts = (await people.get(f"/receipts?number={ana[1:]}"))["receipts"]
    assert {(each["from"], each["type"], each["group"]) for each in receipts} == {
        (bia, "delivered", group),
        (caio, "delivered", group),
    }


async def test_a_member_may_read_what_was_said(people: People) -> None:
    ana, bia = people.new_number(), people.new_number()
    group = str(await group_of(people, ana, bia))
    ids = await people.say(ana, group, "oi", count=2)
    await people.post("/mark-read", by=bia, of=ana, ids=ids, group=group)
    receipts = (await people.get(f"/receipts?number={ana[1:]}"))["receipts"]
    read = {"ids": ids, "from": bia, "type": "read", "group": group}
    assert read.items() <= receipts[-1].items()


async def test_who_is_linked_hears_of_a_new_group_and_may_ask_who_is_in_it(
    people: People,
) -> None:
    shop, device, client = await people.shop()
    number, lid = await customer(people)
    group = await group_of(people, number, shop)
    told = await told_of_group(client)
    assert (told.attrs["type"], told.jid("from"), told.jid("participant")) == ("w:gp2", group, lid)
    described = told.child("create").child("group")
    assert (await query(client, group)).child("group") == described
    assert described.attrs.items() >= {"addressing_mode": "lid", "subject": "Carros"}.items()
    members = [part for part in described.children if part.tag == "participant"]
    assert [part.jid("jid") for part in members] == [lid, device.jid.account]
    assert [str(part.jid("phone_number")) for part in members] == [
        f"{number[1:]}@s.whatsapp.net",
        f"{shop[1:]}@s.whatsapp.net",
    ]
    assert [part.attrs.get("type") for part in members] == ["superadmin", None]
    (own,) = (await ask(client, Jid("", "g.us"), node("participating"))).child("groups").children
    assert own == described


async def test_groups_of_others_and_groups_that_do_not_exist_are_not_described(
    people: People,
) -> None:
    _, _, client = await people.shop()
    strangers = await group_of(people, people.new_number())
    answers = [await query(client, strangers), await query(client, Jid("120363", "g.us"))]
    errors = [answer.child("error").attrs for answer in answers]
    assert errors == [
        {"code": "403", "text": "forbidden"},
        {"code": "404", "text": "item-not-found"},
    ]


async def test_changes_that_are_not_simulated_are_refused(people: People) -> None:
    _, _, client = await people.shop()
    answer = await client.ask("w:g2", "set", node("create", {"subject": "Carros"}))
    assert answer.child("error").attrs["code"] == "501"


async def test_who_joins_hears_what_follows_and_who_left_does_not(people: People) -> None:
    ana, bia, caio = (people.new_number() for _ in range(3))
    group = str(await group_of(people, ana, bia))
    await people.say(ana, group, "um")
    changed = await people.post("/groups/change", group=group, add=[caio, bia], remove=[])
    assert changed["members"] == [ana, bia, caio]
    await people.say(ana, group, "dois")
    changed = await people.post("/groups/change", group=group, remove=[bia])
    assert changed["members"] == [ana, caio]
    await people.say(ana, group, "três")
    texts = [[each["text"] for each in await people.received(who)] for who in (bia, caio)]
    assert texts == [["um", "dois"], ["dois", "três"]]
    with pytest.raises(RefusedError):
        await people.say(bia, group, "e eu?")


async def test_changes_are_told_to_who_is_and_who_was_in_the_group(people: People) -> None:
    shop, device, client = await people.shop()
    ana, lid = await customer(people)
    group = await group_of(people, ana)
    for change, tag in (
        ({"add": [shop]}, "add"),
        ({"subject": "Motos"}, "subject"),
        ({"remove": [shop]}, "remove"),
    ):
        await people.post("/groups/change", group=str(group), **change)
        told = await told_of_group(client)
        assert (told.jid("from"), told.jid("participant")) == (group, lid)
        changed = told.child(tag)
        if tag == "subject":
            assert changed.attrs["subject"] == "Motos"
        else:
            assert changed.child("participant").jid("jid") == device.jid.account
    assert (await query(client, group)).child("error").attrs["code"] == "403"


async def test_after_somebody_left_who_stays_begins_with_a_new_key(people: People) -> None:
    shop, _, client = await people.shop()
    ana, bia = people.new_number(), people.new_number()
    group = str(await group_of(people, ana, bia, shop))
    kinds = []
    for remove in ([], [bia]):
        await people.post("/groups/change", group=group, remove=remove)
        await people.say(ana, group, "oi")
        kinds.append([part.tag for part in (await client.expect("message")).children])
    assert kinds == [["enc", "enc"], ["enc", "enc"]]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"add": "x"}, 400), ({"subject": ""}, 400), ({"remove": ["owner"]}, 422)],
)
async def test_a_change_that_can_not_be_is_refused(
    people: People, change: Any, status: int
) -> None:
    owner = people.new_number()
    group = str(await group_of(people, owner))
    if "remove" in change:
        change = {"remove": [owner]}
    with pytest.raises(RefusedError) as refused:
        await people.post("/groups/change", group=group, **change)
    assert refused.value.args[0] == status
