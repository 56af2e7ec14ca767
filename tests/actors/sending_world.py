"""An empresa that sends, with a clock that the test turns, and what must hold of what it sent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from hypothesis import strategies as st

from actors.governor import (
    Decision,
    Holds,
    Lane,
    PauseReason,
    Queued,
    Settings,
    State,
    decide,
    refused,
    sent,
)
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
    if message.is_job or message.is_change:
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
        if decision.is_to_type:
            self._type(decision.message)
            return True
        self.queue.remove(decision.message)
        self.log.append(Sent(self.now, decision.message, decision.lane))
        self.state = sent(self.state, self.rules, decision.message.chat, decision.lane, self.now)
        self.now += self.takes
        return True

    def run(self, until: datetime) -> None:
        while self.now <= until and self.step(until):
            pass

    def _type(self, message: Queued) -> None:
        assert message.typing is not None
        assert message.typed_until is None
        typed = replace(message, typed_until=self.now + message.typing)
        self.queue[self.queue.index(message)] = typed

    def _check_answers(self, decision: Decision) -> None:
        heads = {message.chat: message for message in reversed(self.queue)}
        types = {
            head.chat for head in heads.values() if head.typed_until and head.typed_until > self.now
        }
        assert decision.message is None or decision.message.chat not in types
        ready = [message for message in self.queue if message.chat not in types]
        waits = any(heads[message.chat].is_change for message in ready) or any(
            is_answer(message, self.rules, self.now) for message in ready
        )
        held = any(p.holds is Holds.EVERYTHING and p.until > self.now for p in self.state.pauses)
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
#: Whether of a job, whether a change, and for how long somebody types before it.
KINDS = st.sampled_from(
    [
        (False, False, None),
        (False, False, None),
        (False, False, 3 * SECOND),
        (True, False, None),
        (True, False, None),
        (False, True, None),
    ]
)


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
    for number, (chat, kind) in enumerate(draw(st.lists(st.tuples(CHATS, KINDS)))):
        world.queue.append(Queued(str(number), chat, heard.get(chat), *kind))
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
    seen: set[tuple[date, str]] = set()
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
