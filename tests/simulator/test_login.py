import pytest

from simulator.curve import KeyPair
from simulator.nodes import node
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient
from tests.simulator.raw_device import RawDevice


async def turned_away(people: People, device: RawDevice, kind: str) -> None:
    before = await people.refusals(kind)
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.login())
    assert (await client.expect("failure")).attrs["reason"] == "401"
    await client.expect_end()
    assert await people.refusals(kind) == before + 1


async def test_a_device_logs_in_and_learns_its_lid(people: People) -> None:
    device = await people.link(people.new_number())
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.login())
    success = await client.expect("success")
    assert success.jid("lid").user == device.lid
    assert success.number("t") > 0


async def test_another_noise_key_is_turned_away(people: People) -> None:
    device = await people.link(people.new_number())
    device.noise = KeyPair.generate()
    await turned_away(people, device, "login-noise-key")


async def test_a_device_that_does_not_exist_is_turned_away(people: People) -> None:
    device = await people.link(people.new_number())
    device.id = 3
    await turned_away(people, device, "login-unknown-device")
    await turned_away(people, RawDevice(number="5511", id=1), "login-unknown-device")


async def test_a_device_that_was_removed_while_away_is_turned_away(people: People) -> None:
    number = people.new_number()
    device = await people.link(number)
    await people.post("/remove", number=number)
    await turned_away(people, device, "login-unknown-device")


async def test_a_device_that_is_removed_is_told_so(people: People) -> None:
    number, _, client = await people.shop()
    await people.post("/remove", number=number, device=1)
    error = await client.expect("stream:error")
    assert error.attrs["code"] == "401"
    assert error.child("conflict").attrs["type"] == "device_removed"
    await client.expect_end()


async def test_a_device_that_unlinks_itself_is_answered_and_then_sent_away(people: People) -> None:
    number, device, client = await people.shop()
    jid = device.number_jid
    for other in (jid.at_device(2), device.jid.account, str(jid)):
        wish = {"jid": other, "reason": "user_initiated"}
        refused = await client.ask("md", "set", node("remove-companion-device", wish))
        assert refused.attrs["type"] == "error"
    answer = await client.ask("md", "set", node("remove-companion-device", {"jid": jid}))
    assert answer.attrs["type"] == "result"
    assert (await client.expect("stream:error")).attrs["code"] == "401"
    assert (await people.get(f"/devices?number={number}"))["devices"] == []


async def test_a_second_login_replaces_the_first(people: People) -> None:
    _, device, first = await people.shop()
    second = await people.log_in(device)
    conflict = (await first.expect("stream:error")).child("conflict")
    assert conflict.attrs["type"] == "replaced"
    await first.expect_end()
    assert (await second.ask("w:p", "get")).attrs["type"] == "result"


async def test_nothing_comes_before_the_device_is_active(people: People) -> None:
    number, device, client = await people.shop()
    await client.closed()
    await people.say(people.new_number(), number, "oi")
    client = await people.log_in(device, active=False)
    await people.say(people.new_number(), number, "olá")
    # Whatever had been sent before this answer would have come before it.
    client.send(node("iq", {"xmlns": "w:p", "type": "get", "id": "ping"}))
    assert (await client.receive()).attrs["id"] == "ping"
    await client.ask("passive", "set", node("active"))
    preview = (await client.expect("ib")).child("offline_preview")
    assert preview.number("message") == 2


@pytest.mark.parametrize("how", ["fin", "rst"])
async def test_a_dropped_connection_just_ends(people: People, how: str) -> None:
    number, _, client = await people.shop()
    _, _, other = await people.shop()
    assert (await people.post("/drop", number=number, how=how))["dropped"] == 1
    await client.expect_end()
    assert (await other.ask("w:p", "get")).attrs["type"] == "result"


async def test_a_server_that_goes_down_says_503(people: People) -> None:
    number, _, client = await people.shop()
    await people.post("/drop", number=number, how="503")
    assert (await client.expect("stream:error")).attrs["code"] == "503"
    await client.expect_end()


async def test_in_an_outage_nobody_gets_in_and_nobody_stays(people: People) -> None:
    _, device, client = await people.shop()
    await people.post("/faults", refuse=True)
    try:
        await client.expect_end()
        with pytest.raises((EOFError, ConnectionError)):
            await RawClient.dial(people.where)
    finally:
        await people.post("/faults", refuse=False)
    assert await people.log_in(device)
