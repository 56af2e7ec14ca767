"""Faults of a line: which stage goes wrong, whom it strikes, and how it ends."""

import asyncio
from time import monotonic

import pytest

from simulator.fault_kinds import STAGES
from simulator.nodes import node
from tests.simulator.people import People
from tests.simulator.raw_client import RawClient, logged_in, silent
from tests.simulator.raw_device import RawDevice

SILENT_STAGES = STAGES[:-1]


async def log_in(people: People, device: RawDevice) -> RawClient:
    """Log in as a client that tells the proxy whose it is."""
    client = await RawClient.dial(people.where, device.number)
    await client.shake_hands(people.where, device.noise, device.login())
    await client.expect("success")
    await client.ask("passive", "set", node("active"))
    return client


@pytest.mark.parametrize("kind", ["unanswered", "blackhole"])
@pytest.mark.parametrize("stage", SILENT_STAGES)
async def test_a_stage_is_silent_until_the_fault_is_cleared(
    people: People, kind: str, stage: str
) -> None:
    number, device, client = await people.shop()
    await client.closed()
    await people.post("/faults", number=number, kind=kind, at=stage)
    login = asyncio.create_task(log_in(people, device))
    await silent(asyncio.shield(login))
    (cleared,) = await people.clear(f"?number={number[1:]}")
    assert (cleared["at"], cleared["struck"]) == (stage, 1)
    assert (await (await login).ask("w:p", "get")).attrs["type"] == "result"


@pytest.mark.parametrize("kind", ["unanswered", "blackhole"])
async def test_a_live_connection_falls_silent_and_loses_nothing(people: People, kind: str) -> None:
    number, _, client = await people.shop()
    _, _, neighbour = await people.shop()
    await people.post("/faults", number=number, kind=kind)
    await people.say(people.new_number(), number, "oi")
    await silent(client.ask("w:p", "get"))
    assert (await neighbour.ask("w:p", "get")).attrs["type"] == "result"
    await people.clear(f"?number={number[1:]}")
    assert await client.expect("message")


async def test_what_goes_into_a_blackhole_is_not_even_acknowledged(people: People) -> None:
    number, _, client = await people.shop()
    await people.post("/faults", number=number, kind="blackhole")
    client.send(node("iq", {"xmlns": "w:p", "type": "get", "id": "ping"}))
    assert client.unacknowledged() > 0
    await people.clear(f"?number={number[1:]}")
    await client.expect(lambda stanza: stanza.attrs.get("id") == "ping")
    assert client.unacknowledged() == 0


@pytest.mark.parametrize("how", ["fin", "rst"])
@pytest.mark.parametrize("stage", STAGES)
async def test_a_connection_breaks_at_a_stage_as_often_as_was_said(
    people: People, stage: str, how: str
) -> None:
    number, device, client = await people.shop()
    await client.closed()
    await people.post("/faults", number=number, kind="drop", at=stage, how=how, times=2)
    for _ in range(2):
        with pytest.raises((EOFError, OSError)):
            await (await log_in(people, device)).expect("message")
    assert await log_in(people, device)


async def test_the_proxy_answers_as_one_whose_network_is_dead(people: People) -> None:
    number, device, _ = await people.shop()
    await people.post("/faults", number=number, kind="refuse", times=1)
    with pytest.raises(ConnectionRefusedError, match="502"):
        await RawClient.dial(people.where, number)
    assert await people.log_in(device)


async def test_a_slow_line_delays_every_stanza_and_keeps_their_order(people: People) -> None:
    number, _, client = await people.shop()
    await people.post("/faults", number=number, kind="delay", ms=100, jitter=50)
    begun = monotonic()
    assert (await client.ask("w:p", "get")).attrs["type"] == "result"
    assert monotonic() - begun >= 0.2
    ids = await people.say(people.new_number(), number, "oi", count=5)
    assert [(await client.expect("message")).attrs["id"] for _ in ids] == ids
    await people.clear(f"?number={number[1:]}")
    begun = monotonic()
    await client.ask("w:p", "get")
    assert monotonic() - begun < 0.1


async def test_a_login_fails_as_told_and_succeeds_later(people: People) -> None:
    number, device, client = await people.shop()
    await client.closed()
    wanted = {"reason": 402, "code": 101, "expire": 3600}
    await people.post("/faults", number=number, kind="failure", times=1, **wanted)
    client = await RawClient.dial(people.where)
    await client.shake_hands(people.where, device.noise, device.login())
    failure = await client.expect("failure")
    assert failure.attrs == {name: str(value) for name, value in wanted.items()}
    await client.expect_end()
    assert await logged_in(people.where, device)


async def test_whoever_wants_to_be_paired_can_be_turned_away_too(people: People) -> None:
    number, device = people.new_number(), RawDevice()
    await people.post("/faults", number=number, kind="failure", reason=405, times=1)
    client = await RawClient.dial(people.where, number[1:])
    await client.shake_hands(people.where, device.noise, device.registration())
    assert (await client.expect("failure")).attrs["reason"] == "405"


@pytest.mark.parametrize(
    ("told", "code", "conflict"),
    [
        ({"code": 503}, "503", None),
        ({"conflict": "replaced"}, None, "replaced"),
        ({"code": 401, "conflict": "device_removed"}, "401", "device_removed"),
    ],
)
async def test_a_live_stream_ends_with_an_error(
    people: People, told: dict[str, object], code: str | None, conflict: str | None
) -> None:
    number, _, client = await people.shop()
    await people.post("/faults", number=number, kind="stream-error", times=1, **told)
    error = await client.expect("stream:error")
    found = error.find("conflict")
    assert error.attrs.get("code") == code
    assert (found.attrs["type"] if found else None) == conflict
    await client.expect_end()


async def test_a_fault_for_everybody_strikes_everybody(people: People) -> None:
    _, _, first = await people.shop()
    _, _, second = await people.shop()
    await people.post("/faults", kind="iq", xmlns="w:p", answer=500)
    try:
        for client in (first, second):
            assert (await client.ask("w:p", "get")).attrs["type"] == "error"
    finally:
        await people.clear("?kind=iq")
    assert (await first.ask("w:p", "get")).attrs["type"] == "result"


async def test_faults_are_listed_and_cleared_one_by_one(people: People) -> None:
    number = people.new_number()
    first = await people.post("/faults", number=number, kind="failure", reason=503)
    second = await people.post("/faults", number=number, kind="refuse", times=2)
    listed = (await people.get("/faults"))["faults"]
    assert [fault for fault in listed if fault["number"] == number] == [first, second]
    assert await people.clear(f"?id={first['id']}") == [first]
    assert await people.clear(f"?number={number[1:]}&kind=refuse") == [second]
