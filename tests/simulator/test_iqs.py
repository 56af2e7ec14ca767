import pytest

from simulator.nodes import Jid, Node, node
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient


async def usync(client: RawClient, query: list[Node], *users: Node) -> list[Node]:
    content = [node("query", content=query), node("list", content=list(users))]
    attrs = {"sid": "7", "mode": "query", "last": "true", "index": "0", "context": "interactive"}
    answer = (await client.ask("usync", "get", node("usync", attrs, content))).child("usync")
    assert answer.attrs == attrs
    return answer.child("list").children


@pytest.mark.parametrize("xmlns", ["w:p", "abt", "tos", "w:g2", "something-new", "privacy"])
async def test_an_iq_that_nobody_knows_is_answered_with_an_empty_result(
    people: People, xmlns: str
) -> None:
    _, _, client = await people.shop()
    for content in ([], [node("anything")]):
        answer = await client.ask(xmlns, "get", *content)
        assert (answer.attrs["type"], answer.children) == ("result", [])
        assert str(answer.jid("from")) == "@s.whatsapp.net"


async def test_privacy_settings_are_told(people: People) -> None:
    _, _, client = await people.shop()
    answer = await client.ask("privacy", "get", node("privacy"))
    settings = {c.attrs["name"]: c.attrs["value"] for c in answer.child("privacy").children}
    assert settings["readreceipts"] == "all"
    assert len(settings) == 7


async def test_a_picture_that_is_not_there_is_not_found(people: People) -> None:
    _, _, client = await people.shop()
    answer = await client.ask("w:profile:picture", "get", node("picture", {"type": "image"}))
    assert answer.child("error").attrs == {"code": "404", "text": "item-not-found"}


async def test_who_has_whatsapp_is_found_by_number_and_who_has_not_is_out(people: People) -> None:
    _, _, client = await people.shop()
    number = people.new_number()
    made = await people.post("/accounts", number=number)
    users = [
        node("user", content=[node("contact", content=text.encode())])
        for text in (number, f"{number[1:]}@c.us", "+559999999999")
    ]
    found, too, missing = await usync(
        client, [node("contact", {"addressing_mode": "lid"}), node("lid")], *users
    )
    for user in (found, too):
        assert user.jid("jid") == Jid(made["lid"], "lid")
        assert user.jid("pn_jid") == Jid(number[1:], "s.whatsapp.net")
        assert user.child("contact").attrs["type"] == "in"
        assert user.child("lid").jid("val") == Jid(made["lid"], "lid")
    assert missing.child("contact").attrs["type"] == "out"
    assert missing.child("contact").data == b"+559999999999"


async def test_devices_of_nobody_are_none(people: People) -> None:
    _, _, client = await people.shop()
    nobody = Jid("1", "lid")
    (user,) = await usync(client, [node("devices", {"version": 2})], node("user", {"jid": nobody}))
    assert (user.jid("jid"), user.children) == (nobody, [])


async def test_typing_reaches_who_is_there_in_the_form_that_was_used(people: People) -> None:
    number, device, client = await people.shop()
    other, other_device, other_client = await people.shop()
    await people.be_available(client, other_client)
    for to, expected in (
        (other_device.jid.account, device.jid.account),
        (Jid(other[1:], "s.whatsapp.net"), Jid(number[1:], "s.whatsapp.net")),
    ):
        client.send(node("chatstate", {"to": to}, [node("composing")]))
        seen = await other_client.expect("chatstate")
        assert (seen.jid("from"), [c.tag for c in seen.children]) == (expected, ["composing"])
    await people.post("/type", **{"from": other}, to=number, media="audio")
    assert (await client.expect("chatstate")).child("composing").attrs == {"media": "audio"}


async def test_a_patch_that_is_not_authentic_is_a_bad_request(people: People) -> None:
    _, _, client = await people.shop()
    name = {"name": "critical_block"}
    fetched = await client.ask("w:sync:app:state", "set", sync(node("collection", name)))
    collection = fetched.child("sync").child("collection")
    version, patches = collection.number("version"), collection.child("patches").children
    assert len(patches) == version
    again = node(
        "collection", {**name, "version": version}, [node("patch", content=patches[0].data)]
    )
    answer = await client.ask("w:sync:app:state", "set", sync(again))
    assert answer.child("error").attrs["code"] == "400"


async def test_a_patch_on_an_old_version_is_a_conflict_with_what_is_missing(people: People) -> None:
    _, _, client = await people.shop()
    stale = node(
        "collection", {"name": "critical_block", "version": 0}, [node("patch", content=b"x")]
    )
    answer = await client.ask("w:sync:app:state", "set", sync(stale))
    collection = answer.child("sync").child("collection")
    assert collection.attrs["type"] == "error"
    assert collection.child("error").attrs == {"code": "409", "text": "conflict"}
    assert collection.child("patches").children


def sync(collection: Node) -> Node:
    return node("sync", content=[collection])
