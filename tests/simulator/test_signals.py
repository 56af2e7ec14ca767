"""Typing, presence and pictures, as devices and phones see them."""

import base64
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulator.nodes import SERVER, Attrs, Jid, Node, node
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient, silent
from tests.simulator.test_admin import ask

PICTURE = b"\xff\xd8\xff picture"


async def typing(people: People, number: str) -> list[tuple[Any, ...]]:
    shown = (await people.get(f"/typing?number={number[1:]}"))["typing"]
    return [(each["from"], each["state"], each.get("group")) for each in shown]


async def customer(people: People) -> tuple[str, Jid]:
    number = people.new_number()
    made = await people.post("/accounts", number=number)
    return number, Jid(str(made["lid"]), "lid")


async def test_a_phone_is_shown_who_types_and_speaks_and_stops(people: People) -> None:
    shop, _, client = await people.shop()
    maria, lid = await customer(people)
    await people.be_available(client)
    for state in (node("composing"), node("composing", {"media": "audio"}), node("paused")):
        client.send(node("chatstate", {"to": lid}, [state]))
    await client.ask("w:p", "get")
    states = ("composing", "recording", "paused")
    assert await typing(people, maria) == [(shop, state, None) for state in states]
    assert await typing(people, shop) == []


async def test_a_groups_phones_are_shown_it_with_the_group(people: People) -> None:
    shop, _, client = await people.shop()
    maria, _ = await customer(people)
    group = (await people.post("/groups", subject="G", members=[shop, maria]))["jid"]
    await people.be_available(client)
    client.send(node("chatstate", {"to": Jid.parse(group)}, [node("composing")]))
    await client.ask("w:p", "get")
    assert await typing(people, maria) == [(shop, "composing", group)]
    await people.post("/type", **{"from": maria}, to=group, state="recording")
    state = await client.expect("chatstate")
    assert state.jid("from") == Jid.parse(group)
    assert state.child("composing").attrs == {"media": "audio"}


async def test_who_is_not_available_neither_shows_typing_nor_hears_of_it(people: People) -> None:
    shop, _, client = await people.shop()
    maria, lid = await customer(people)
    client.send(node("chatstate", {"to": lid}, [node("composing")]))
    await client.ask("w:p", "get")
    assert await typing(people, maria) == []
    await people.post("/type", **{"from": maria}, to=shop)
    await silent(client.expect("chatstate"))
    await people.be_available(client)
    await people.post("/type", **{"from": maria}, to=shop, state="paused")
    assert (await client.expect("chatstate")).children[0].tag == "paused"


async def test_who_follows_somebody_hears_when_they_come_and_go(people: People) -> None:
    shop, _, client = await people.shop()
    maria, lid = await customer(people)
    await people.be_available(client)
    client.send(node("presence", {"type": "subscribe", "to": lid}))
    never = await client.expect("presence")
    assert never.attrs == {"from": lid, "type": "unavailable", "last": "deny"}
    await people.post("/presence", number=maria, online=True)
    assert "type" not in (await client.expect("presence")).attrs
    assert (await people.get(f"/presence?number={maria[1:]}"))["online"]
    await people.post("/presence", number=maria, online=False)
    assert (await client.expect("presence")).number("last") > 1_700_000_000
    await people.post("/presence", number=maria, online=False, hidden=True)
    assert (await client.expect("presence")).attrs["last"] == "deny"
    client.send(node("presence", {"type": "unsubscribe", "to": lid}))
    await client.ask("w:p", "get")
    await people.post("/presence", number=maria, online=True)
    await silent(client.expect("presence"))
    assert (await people.get(f"/presence?number={shop[1:]}"))["online"]


async def asked(client: RawClient, target: Jid) -> Node:
    attrs: Attrs = {
        "xmlns": "w:profile:picture",
        "type": "get",
        "to": SERVER,
        "id": "p",
        "target": target,
    }
    client.send(node("iq", attrs, [node("picture", {"type": "image", "query": "url"})]))
    return await client.expect("iq")


@pytest.mark.parametrize("is_group", [False, True])
async def test_a_picture_is_found_and_fetched_until_it_is_taken_away(
    people: People, is_group: bool
) -> None:
    shop, _, client = await people.shop()
    maria, lid = await customer(people)
    owner: dict[str, object] = {"number": maria}
    if is_group:
        group = (await people.post("/groups", subject="G", members=[shop, maria]))["jid"]
        owner, lid = {"group": group}, Jid.parse(group)
    assert (await asked(client, lid)).child("error").attrs["code"] == "404"
    await people.post("/picture", **owner, picture=base64.b64encode(PICTURE).decode())
    found = (await asked(client, lid)).child("picture")
    assert {"id", "type", "direct_path"} <= found.attrs.keys()
    url = urlsplit(found.text("url"))
    assert url.netloc == urlsplit(people.where["admin"]).netloc
    assert ask(people.simulator, "GET", f"{url.path}?{url.query}") == (200, PICTURE)
    await people.post("/picture", **owner, picture=None)
    assert (await asked(client, lid)).child("error").attrs["code"] == "404"
