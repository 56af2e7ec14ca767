"""What goes next, and when: what each rule means, by example."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.governor import (
    Decision,
    Lane,
    PauseReason,
    Queued,
    Settings,
    asked,
    decide,
    estimate,
    refused,
    sent,
)
from actors.governor.pacing import gap
from actors.governor.settings import SHOP_HOURS
from actors.opening_hours import OpeningHours, always
from tests.actors.sending_world import (
    DAY,
    GROUP,
    HOUR,
    NEW,
    NOON,
    OPEN,
    SECOND,
    World,
)
from tests.actors.test_opening_hours import moment


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


def test_a_change_goes_at_once_but_takes_no_first_contact_along() -> None:
    closed = replace(OPEN, hours=OpeningHours(((),) * 7))
    first, deletion = Queued("1", "1@lid"), Queued("2", "1@lid", is_change=True)
    assert decide(NEW, closed, [deletion], NOON) == Decision(deletion, Lane.FAST)
    assert decide(NEW, closed, [first, deletion], NOON) == Decision()
    assert estimate(NEW, OPEN, [deletion, first], NOON) == {"2": NOON, "1": NOON}


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


def test_who_is_not_there_costs_the_gap_and_no_contact() -> None:
    rules = replace(OPEN, daily=(1,))
    message = Queued("1", "1@lid", is_job=True)
    state = asked(NEW, rules, NOON)
    assert state.opened == frozenset()
    wake_at = decide(state, rules, [message], NOON).wake_at
    assert wake_at is not None
    assert 15 * SECOND <= wake_at - NOON <= 45 * SECOND
    assert decide(state, rules, [message], wake_at) == Decision(message, Lane.BULK)
    assert asked(state, rules, NOON + DAY).day == (NOON + DAY).date()


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
