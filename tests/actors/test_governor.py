"""What goes next, and when: any queue, with a clock that the test turns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.governor import (
    Decision,
    Lane,
    PauseReason,
    Queued,
    Settings,
    State,
    decide,
    estimate,
    refused,
    sent,
)
from actors.governor.pacing import gap
from actors.governor.settings import SHOP_HOURS
from actors.opening_hours import OpeningHours, always
from tests.actors.test_opening_hours import CHANGES, WEEKS, moment, shows_open

NOON = datetime(2026, 11, 26, 16, tzinfo=UTC)
"""A Thursday, in São Paulo 13:00."""
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GROUP = "12036300000000000@g.us"
OPEN = Settings(hours=always("America/Manaus"))
NEW = State(seed=7, linked_at=NOON)


def is_answer(message: Queued, rules: Settings, now: datetime) -> bool:
    if message.is_job:
        return False
    heard = message.heard_at
    return message.chat == GROUP or (heard is not None and now < heard + rules.window)


class Sent(NamedTuple):
    at: datetime
    message: Queued
    lane: Lane


@dataclass
class World:
    """An empresa whose client takes `takes` for a message, and always succeeds."""

    rules: Settings
    state: State
    now: datetime
    takes: timedelta = timedelta(0)
    queue: list[Queued] = field(default_factory=list)
    log: list[Sent] = field(default_factory=list)

    def step(self, until: datetime) -> bool:
        """Send, or wait until something may go, at most until then; False: nothing ever does."""
        decision = decide(self.state, self.rules, self.queue, self.now)
        self._check_answers(decision)
        if decision.message is None:
            if decision.wake_at is None or decision.wake_at > until:
                self.now = max(self.now, until)
                return False
            assert decision.wake_at > self.now
            self.now = decision.wake_at
            return True
        assert decision.lane is not None
        self.queue.remove(decision.message)
        self.log.append(Sent(self.now, decision.message, decision.lane))
        self.state = sent(self.state, self.rules, decision.message.chat, decision.lane, self.now)
        self.now += self.takes
        return True

    def run(self, until: datetime) -> None:
        while self.now <= until and self.step(until):
            pass

    def _check_answers(self, decision: Decision) -> None:
        waits = any(is_answer(message, self.rules, self.now) for message in self.queue)
        held = any(p.holds == "everything" and p.until > self.now for p in self.state.pauses)
        if waits and not held:
            assert decision.lane is Lane.FAST


HOURS = st.builds(
    lambda week, zone: OpeningHours(week, frozenset(), zone), WEEKS, st.sampled_from(list(CHANGES))
).filter(lambda hours: any(end - start > 90 for day in hours.week for start, end in day))
RULES = st.builds(
    Settings,
    hours=HOURS | st.sampled_from([always(zone) for zone in CHANGES]),
    window_hours=st.sampled_from([1.0, 24.0]),
    per_minute=st.sampled_from([0.02, 0.5, 2.0, 60.0]),
    jitter=st.sampled_from([0.0, 0.5, 0.9]),
    daily=st.lists(st.integers(0, 4), max_size=3).map(lambda days: (*days, 2)),
    job_share=st.sampled_from([0.01, 0.5, 1.0]),
)
CHATS = st.sampled_from(["1@lid", "2@lid", "3@lid", "4@lid", "5@lid", GROUP])


@st.composite
def worlds(draw: st.DrawFn) -> World:
    rules = draw(RULES)
    change = moment(draw(st.sampled_from(CHANGES[rules.hours.timezone])))
    now = change + timedelta(minutes=draw(st.integers(-2000, 2000)))
    state = State(draw(st.integers(0, 2**63)), now - draw(st.integers(0, 4)) * DAY)
    takes = timedelta(milliseconds=draw(st.sampled_from([0, 300, 600_000])))
    world = World(rules, state, now, takes)
    heard = {
        f"{chat}@lid": now - timedelta(minutes=draw(st.integers(0, 3000)))
        for chat in draw(st.sets(st.integers(1, 5)))
    }
    for number, (chat, is_job) in enumerate(draw(st.lists(st.tuples(CHATS, st.booleans())))):
        world.queue.append(Queued(str(number), chat, heard.get(chat), is_job))
    for reason in draw(st.lists(st.sampled_from(list(PauseReason)), max_size=2)):
        world.state = refused(world.state, reason, now - draw(st.integers(0, 40)) * HOUR)
    return world


def in_its_order(log: list[Sent]) -> Iterator[bool]:
    last: dict[str, int] = defaultdict(lambda: -1)
    for _, message, _ in log:
        yield int(message.id) > last[message.chat]
        last[message.chat] = int(message.id)


def contacts(log: list[Sent], hours: OpeningHours) -> list[Sent]:
    """Those that opened a chat on its day."""
    seen = set()
    opened = []
    for each in log:
        key = (hours.day(each.at), each.message.chat)
        if each.lane is not Lane.FAST and key not in seen:
            seen.add(key)
            opened.append(each)
    return opened


def check(world: World, pauses: tuple[tuple[datetime, datetime], ...] = ()) -> None:
    """What always holds of what went out."""
    rules, hours, log = world.rules, world.rules.hours, world.log
    assert all(in_its_order(log))
    for at, message, lane in log:
        if lane is not Lane.FAST:
            assert shows_open(hours, at)
            assert not any(start <= at < end for start, end in pauses)
            assert not is_answer(message, rules, at)
    opened = contacts(log, hours)
    linked_on = hours.day(world.state.linked_at)
    for day, count in Counter(hours.day(each.at) for each in opened).items():
        assert count <= rules.contacts((day - linked_on).days)
    jobs = Counter(hours.day(each.at) for each in opened if each.lane is Lane.BULK)
    for day, count in jobs.items():
        assert count <= rules.job_contacts((day - linked_on).days)
    shortest = timedelta(seconds=60 / rules.per_minute * (1 - rules.jitter))
    for before, after in pairwise(opened):
        assert after.at - before.at >= shortest - timedelta(microseconds=1)


def pauses_of(state: State, now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((now, pause.until) for pause in state.pauses)


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
    now, queue = world.now, list(world.queue)
    expected = estimate(world.state, world.rules, queue, now, world.takes)
    world.run(now + 300 * DAY)
    assert expected == {each.message.id: each.at for each in world.log}
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


def test_an_answer_goes_before_a_thousand_of_a_job_and_first_contacts() -> None:
    queue = [Queued(str(n), f"{n}@lid", is_job=n % 2 == 0) for n in range(1000)]
    answer = Queued("a", "9999@lid", NOON - HOUR)
    assert decide(NEW, OPEN, [*queue, answer], NOON) == Decision(answer, Lane.FAST)


def test_what_goes_to_a_group_waits_for_nothing() -> None:
    closed = replace(OPEN, hours=OpeningHours(((),) * 7))
    message = Queued("1", GROUP)
    assert decide(NEW, closed, [message], NOON) == Decision(message, Lane.FAST)


def test_an_answer_takes_what_stands_before_it_in_its_chat_along() -> None:
    job = Queued("1", "1@lid", NOON - HOUR, is_job=True)
    answer = Queued("2", "1@lid", NOON - HOUR)
    closed = replace(OPEN, hours=OpeningHours(((),) * 7))
    assert decide(NEW, closed, [job], NOON) == Decision()
    assert decide(NEW, closed, [job, answer], NOON) == Decision(job, Lane.FAST)


def test_after_the_window_an_answer_is_a_first_contact() -> None:
    message = Queued("1", "1@lid", NOON)
    for heard_before, lane in ((DAY - SECOND, Lane.FAST), (DAY, Lane.SLOW)):
        assert decide(NEW, OPEN, [message], NOON + heard_before) == Decision(message, lane)


def test_people_go_before_a_job_that_waited_longer() -> None:
    queue = [Queued("1", "1@lid", is_job=True), Queued("2", "2@lid")]
    world = World(OPEN, NEW, NOON, queue=queue)
    world.run(NOON + HOUR)
    assert [each.message.id for each in world.log] == ["2", "1"]
    assert [each.lane for each in world.log] == [Lane.SLOW, Lane.BULK]


def test_a_job_leaves_people_their_share_of_the_day() -> None:
    rules = replace(OPEN, daily=(10,), job_share=0.7)
    world = World(
        rules, NEW, NOON, queue=[Queued(str(n), f"{n}@lid", None, True) for n in range(20)]
    )
    world.run(NOON + 10 * HOUR)
    assert len(world.log) == 7
    world.queue += [Queued(str(n), f"{n}@lid") for n in range(100, 110)]
    world.run(NOON + 11 * HOUR)
    assert Counter(each.lane for each in world.log) == {Lane.BULK: 7, Lane.SLOW: 3}


def test_what_follows_in_a_chat_that_was_opened_today_neither_counts_nor_waits() -> None:
    queue = [Queued(str(n), "1@lid") for n in range(5)]
    world = World(replace(OPEN, daily=(1,)), NEW, NOON, queue=queue)
    world.run(NOON)
    assert len(world.log) == 5
    assert world.state.opened == {"1@lid"}


def test_the_pace_is_the_one_that_was_set() -> None:
    rules = replace(OPEN, per_minute=6.0, jitter=0.9, daily=(1000,), job_share=1.0)
    queue = [Queued(str(n), f"{n}@lid", is_job=True) for n in range(1000)]
    moments = sorted(estimate(NEW, rules, queue, datetime(2026, 11, 26, 5, tzinfo=UTC)).values())
    gaps = [(b - a) / SECOND for a, b in pairwise(moments)]
    assert 9.6 < sum(gaps) / len(gaps) < 10.4
    assert 1.0 <= min(gaps) < 1.3
    assert 18.7 < max(gaps) <= 19.0


@given(st.integers(), st.integers(1, 9), st.floats(0.01, 1000), st.floats(0, 0.9))
def test_a_gap_is_of_its_seed_and_day_alone(
    seed: int, count: int, pace: float, jitter: float
) -> None:
    rules = Settings(per_minute=pace, jitter=jitter)
    length = gap(rules, seed, NOON.date(), count)
    assert length == gap(rules, seed, NOON.date(), count)
    assert 1 - jitter - 1e-3 <= length / timedelta(seconds=60 / pace) <= 1 + jitter + 1e-3


@pytest.mark.parametrize("later", range(5))
def test_the_warm_up_grows_with_the_days_since_the_linking(later: int) -> None:
    rules = replace(OPEN, daily=(1, 0, 2, 3), per_minute=1000.0)
    now = NOON + later * DAY
    world = World(rules, NEW, now, queue=[Queued(str(n), f"{n}@lid") for n in range(10)])
    world.run(now + HOUR)
    assert len(world.log) == (1, 0, 2, 3, 3)[later]


def test_a_day_is_the_empresas_own() -> None:
    late = datetime(2026, 11, 27, 3, 30, tzinfo=UTC)  # Friday in São Paulo, Thursday in Manaus
    rules = replace(OPEN, daily=(1,))
    state = sent(NEW, rules, "1@lid", Lane.SLOW, late)
    queue = [Queued("2", "2@lid")]
    assert decide(state, rules, queue, late + HOUR / 2).message == queue[0]
    sao_paulo = replace(rules, hours=always("America/Sao_Paulo"))
    state = sent(NEW, sao_paulo, "1@lid", Lane.SLOW, late)
    assert decide(state, sao_paulo, queue, late + HOUR).wake_at == moment("2026-11-28T03:00Z")
    # Moved to Manaus in between, where it is Thursday again.
    assert decide(state, rules, queue, late + HOUR / 4).wake_at == moment("2026-11-28T04:00Z")


def test_a_clock_that_was_far_ahead_stops_nothing() -> None:
    ahead = sent(NEW, replace(OPEN, daily=(1,)), "1@lid", Lane.SLOW, NOON + 1000 * DAY)
    message = Queued("2", "2@lid")
    assert decide(ahead, replace(OPEN, daily=(1,)), [message], NOON).message == message


def test_an_answer_whose_window_ends_while_all_is_held_is_foreseen_as_a_first_contact() -> None:
    state = refused(NEW, PauseReason.TEMPORARY_BAN, NOON, until=NOON + 2 * HOUR)
    queue = [Queued("1", "1@lid", NOON - DAY + HOUR), Queued("2", "2@lid", NOON)]
    expected = estimate(state, OPEN, queue, NOON)
    assert expected == {"1": NOON + 2 * HOUR + DAY, "2": NOON + 2 * HOUR}


def test_what_follows_in_a_chat_counts_anew_where_it_does_not_get_through_on_its_day() -> None:
    rules = Settings(hours=SHOP_HOURS, daily=(1,))
    queue = [Queued("1", "1@lid"), Queued("2", "2@lid"), Queued("3", "1@lid")]
    expected = estimate(NEW, rules, queue, NOON, takes=6 * HOUR)
    # The 3rd is late for today. Tomorrow's one contact is the 2nd's, and Saturday's its own.
    assert expected == {
        "1": NOON,
        "2": moment("2026-11-27T11:00Z"),
        "3": moment("2026-11-28T12:00Z"),
    }


def test_what_never_goes_is_not_estimated() -> None:
    never = replace(OPEN, hours=OpeningHours(((),) * 7))
    queue = [Queued("1", "1@lid"), Queued("2", "2@lid", NOON)]
    assert estimate(NEW, never, queue, NOON) == {"2": NOON}
    rules = replace(OPEN, daily=(1,))
    many = [Queued(str(n), f"{n}@lid") for n in range(500)]
    assert 366 <= len(estimate(NEW, rules, many, NOON)) <= 367


def test_a_shop_opens_in_the_morning_with_what_came_at_night() -> None:
    night = datetime(2026, 11, 28, 22, tzinfo=UTC)  # Saturday evening: Sunday is closed
    rules = Settings(hours=SHOP_HOURS)
    assert decide(NEW, rules, [Queued("1", "1@lid")], night).wake_at == moment("2026-11-30T11:00Z")
