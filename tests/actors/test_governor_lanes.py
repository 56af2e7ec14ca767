"""Lanes that stand while things change decide as if they were made anew each time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.governor import Decision, Lane, Lanes, Queued, decide, foremost, sent
from actors.opening_hours import OpeningHours
from tests.actors.sending_world import (
    CHATS,
    DAY,
    HOUR,
    KINDS,
    NEW,
    NOON,
    OPEN,
    SECOND,
    World,
    worlds,
)

#: Of what may happen between two decisions: somebody writes, something more waits, something is
#: cancelled, a chat turns out to be another, so many minutes or seconds pass.
HAPPENINGS = st.one_of(
    st.tuples(st.just("writes"), CHATS),
    st.tuples(st.just("waits"), CHATS, KINDS),
    st.tuples(st.just("cancels"), st.integers(0, 30)),
    st.tuples(st.just("is"), CHATS, CHATS),
    st.tuples(st.just("passes"), st.integers(-30, 3000) | st.sampled_from([1 / 60, 3 / 60])),
    st.tuples(st.just("sets"), st.sampled_from([1.0, 24.0])),
)


class Standing:
    """A world, and lanes that are told what happens in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lanes = Lanes(world.queue)
        self.heard = {each.chat: each.heard_at for each in world.queue}
        self.names = 1000

    def decide(self) -> Decision:
        world = self.world
        fresh = decide(world.state, world.rules, world.queue, world.now)
        assert decide(world.state, world.rules, self.lanes, world.now) == fresh
        assert len(self.lanes) == len(world.queue)
        return fresh

    def step(self) -> None:
        """Send what goes now."""
        message, lane, _, is_to_type = self.decide()
        if message is not None and is_to_type:
            typed = self.lanes.type(message.chat, message.types_until(self.world.now))
            self.world.queue[self.world.queue.index(message)] = typed
        elif message is not None and lane is not None:
            self.world.queue.remove(message)
            self.lanes.remove(message)
            self.decide()  # somebody asks before it is counted
            state, rules, now = self.world.state, self.world.rules, self.world.now
            self.world.state = sent(state, rules, message.chat, lane, now)
            self.lanes.renew(message.chat)

    def writes(self, chat: str) -> None:
        now = self.world.now
        before = self.heard.get(chat)
        self.heard[chat] = now if before is None else max(now, before)
        self.world.queue = [
            replace(each, heard_at=self.heard[chat]) if each.chat == chat else each
            for each in self.world.queue
        ]
        self.lanes.hear(chat, now)

    def waits(self, chat: str, kind: tuple[bool, bool, timedelta | None]) -> None:
        self.names += 1
        message = Queued(str(self.names), chat, self.heard.get(chat), *kind)
        self.world.queue.append(message)
        self.lanes.add(message)

    def cancels(self, place: int) -> None:
        if place < len(self.world.queue):
            self.lanes.remove(self.world.queue.pop(place))

    def is_(self, before: str, after: str) -> None:
        moments = (self.heard.get(before), self.heard.get(after))
        heard = max((each for each in moments if each), default=None)
        self.heard[after] = heard
        theirs = [each for each in self.world.queue if each.chat == before != after]
        self.world.queue = [
            replace(each, chat=after, heard_at=heard) if each.chat in (before, after) else each
            for each in self.world.queue
        ]
        self.lanes.move(theirs, after)
        if heard is not None:
            self.lanes.hear(after, heard)

    def passes(self, minutes: float) -> None:
        self.world.now += timedelta(minutes=minutes)

    def sets(self, hours: float) -> None:
        self.world.rules = replace(self.world.rules, window_hours=hours)


@settings(deadline=None, max_examples=100)
@given(worlds(), st.lists(HAPPENINGS, max_size=25))
def test_whatever_happens_between_two_decisions(
    world: World, happenings: list[tuple[str, ...]]
) -> None:
    standing = Standing(world)
    for name, *arguments in happenings:
        standing.step()
        getattr(standing, "is_" if name == "is" else name)(*arguments)
    while world.queue and standing.decide().message is not None:
        standing.step()
        world.now += world.takes


def test_when_the_next_one_goes_is_told_by_a_few_of_them() -> None:
    jobs = [Queued(f"j{n}", f"j{n}@lid", None, is_job=True) for n in range(50)]
    people = [Queued(f"p{n}", f"p{n}@lid") for n in range(50)]
    found = foremost(NEW, OPEN, Lanes([*jobs, *people, *jobs]), NOON)
    assert [each.id for each in found] == ["j0", "p0", "j0"]


def test_what_people_wait_for_is_found_among_the_chats_of_jobs() -> None:
    lanes = Lanes([Queued("a", "1@lid", is_job=True), Queued("b", "2@lid", is_job=True)])
    lanes.add(Queued("c", "2@lid"))
    lanes.add(Queued("d", "3@lid"))
    assert [each.id for each in lanes.by_people()] == ["b", "c", "d"]
    assert [each.id for each in lanes.by_people("1@lid", "9@lid")] == ["a", "b", "c", "d"]
    lanes.remove(Queued("c", "2@lid"))
    assert [each.id for each in lanes.by_people()] == ["d"]


def test_chats_that_come_and_go_leave_nothing_at_the_gates() -> None:
    lanes = Lanes(Queued(f"j{n}", f"j{n}@lid", None, is_job=True) for n in range(10))
    for number in range(5000):
        message = Queued("m", f"{number % 7}@lid", NOON)
        lanes.add(message)
        assert decide(NEW, OPEN, lanes, NOON) == Decision(message, Lane.FAST)
        lanes.remove(message)
    assert sum(len(heap) for heap in lanes._heaps) < 200


@pytest.mark.parametrize("what", ["answer", "job"])
def test_a_step_among_ten_thousand_of_a_job_takes_a_fraction_of_a_millisecond(what: str) -> None:
    lanes = Lanes(Queued(f"j{n}", f"j{n}@lid", None, is_job=True) for n in range(10_000))
    state, now = NEW, NOON
    decide(state, OPEN, lanes, now)
    begun = time.process_time()
    for number in range(200):
        if what == "answer":
            lanes.add(Queued(f"a{number}", f"a{number}@lid", now - HOUR))
        message, lane, wake_at, _ = decide(state, OPEN, lanes, now)
        if message is None or lane is None:
            assert wake_at is not None
            now = wake_at
            continue
        lanes.remove(message)
        state = sent(state, OPEN, message.chat, lane, now)
        lanes.renew(message.chat)
    assert (time.process_time() - begun) / 200 < 0.002


def test_a_clock_that_is_set_back_makes_answers_again() -> None:
    lanes = Lanes([Queued("1", "1@lid", NOON)])
    closed = replace(OPEN, hours=OpeningHours(((),) * 7))
    assert decide(NEW, closed, lanes, NOON + DAY + SECOND).message is None
    assert decide(NEW, closed, lanes, NOON + HOUR).lane is Lane.FAST


def test_while_somebody_types_in_a_chat_others_go_and_then_it_goes_first() -> None:
    typed = Queued("1", "1@lid", NOON, typing=3 * SECOND)
    lanes = Lanes([typed, Queued("2", "1@lid", NOON), Queued("3", "2@lid", NOON)])
    decision = decide(NEW, OPEN, lanes, NOON)
    assert (decision.message, decision.is_to_type) == (typed, True)
    typed = lanes.type("1@lid", typed.types_until(NOON))
    other = decide(NEW, OPEN, lanes, NOON)
    assert other.message is not None
    assert (other.message.id, other.is_to_type) == ("3", False)
    lanes.remove(other.message)
    assert decide(NEW, OPEN, lanes, NOON) == Decision(wake_at=NOON + 3 * SECOND)
    assert foremost(NEW, OPEN, lanes, NOON) == [typed, Queued("2", "1@lid", NOON)]
    assert decide(NEW, OPEN, lanes, NOON + 3 * SECOND) == Decision(typed, Lane.FAST)


def test_what_is_cancelled_while_somebody_types_lets_the_next_one_go() -> None:
    typed = Queued("1", "1@lid", NOON, typing=3 * SECOND)
    lanes = Lanes([typed, Queued("2", "1@lid", NOON)])
    lanes.remove(lanes.type("1@lid", typed.types_until(NOON)))
    assert decide(NEW, OPEN, lanes, NOON) == Decision(Queued("2", "1@lid", NOON), Lane.FAST)
