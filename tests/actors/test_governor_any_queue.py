"""What holds whatever waits, whatever is set, and whenever it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.governor import (
    Decision,
    Queued,
    State,
    decide,
    estimate,
)
from tests.actors.sending_world import (
    CHATS,
    DAY,
    World,
    check,
    pauses_of,
    worlds,
)


@settings(deadline=None, max_examples=50)
@given(worlds())
def test_whatever_waits_it_goes_in_order_within_quota_hours_and_pauses_and_all_in_the_end(
    world: World,
) -> None:
    pauses, waiting = pauses_of(world.state, world.now), len(world.queue)
    world.run(world.now + 300 * DAY)
    assert len(world.log) == waiting
    check(world, pauses)


@settings(deadline=None, max_examples=50)
@given(worlds(), st.lists(st.tuples(CHATS, st.booleans(), st.integers(0, 2000)), max_size=12))
def test_what_comes_in_meanwhile_changes_none_of_it(
    world: World, arrivals: list[tuple[str, bool, int]]
) -> None:
    pauses, waiting = pauses_of(world.state, world.now), len(world.queue)
    for number, (chat, writes, minutes) in enumerate(arrivals, 1000):
        world.run(world.now + timedelta(minutes=minutes))
        heard_at = world.now if writes else None
        if writes:
            world.queue = [
                replace(each, heard_at=heard_at) if each.chat == chat else each
                for each in world.queue
            ]
        world.queue.append(Queued(str(number), chat, heard_at))
        world.state = State.from_json(world.state.to_json())
    world.run(world.now + 300 * DAY)
    assert len(world.log) == waiting + len(arrivals)
    check(world, pauses)


@settings(deadline=None, max_examples=50)
@given(worlds())
def test_what_is_estimated_is_what_happens_if_nothing_new_comes(world: World) -> None:
    now, queue, state = world.now, list(world.queue), world.state
    expected = estimate(world.state, world.rules, queue, now, world.takes)
    world.run(now + 300 * DAY)
    assert expected == {each.message.id: each.at for each in world.log}
    for each in queue[:1]:
        one = estimate(state, world.rules, queue, now, world.takes, each.id)
        assert one == dict(list(expected.items())[: len(one)])
        assert [*one][-1] == each.id
    assert all(moment >= now for moment in expected.values())
    for chat in {message.chat for message in queue}:
        moments = [expected[message.id] for message in queue if message.chat == chat]
        assert moments == sorted(moments)


@settings(deadline=None, max_examples=50)
@given(worlds(), st.sets(CHATS))
def test_a_chat_with_an_unsettled_message_waits_and_no_other_does(
    world: World, held: set[str]
) -> None:
    assert decide(world.state, world.rules, world.queue, world.now, in_flight="0") == Decision()
    without = [message for message in world.queue if message.chat not in held]
    decision = decide(world.state, world.rules, world.queue, world.now, held=held)
    assert decision == decide(world.state, world.rules, without, world.now)
