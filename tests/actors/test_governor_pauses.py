"""What WhatsApp's refusals pause, and for how long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.governor import (
    REASONS,
    Decision,
    Holds,
    Lane,
    PauseReason,
    Queued,
    Settings,
    State,
    decide,
    refused,
    resumed,
)
from actors.opening_hours import always

NOON = datetime(2026, 11, 26, 16, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
OPEN = Settings(hours=always("America/Manaus"))
NEW = State(seed=7, linked_at=NOON)
FIRST = Queued("1", "1@lid")
ANSWER = Queued("2", "2@lid", NOON)


def length(state: State, now: datetime, holds: Holds = Holds.CONTACTS) -> timedelta:
    until = state.held_until(holds)
    assert until is not None
    return until - now


@pytest.mark.parametrize(
    ("code", "pause", "breath"),
    [(429, 15 * MINUTE, 5 * SECOND), (463, 12 * HOUR, timedelta(0))],
)
def test_first_contacts_wait_for_the_pause_and_answers_for_a_breath_at_most(
    code: int, pause: timedelta, breath: timedelta
) -> None:
    state = refused(NEW, REASONS[code], NOON)
    assert decide(state, OPEN, [FIRST], NOON + breath).wake_at == NOON + pause
    assert decide(state, OPEN, [FIRST], NOON + pause).message == FIRST
    decision = decide(state, OPEN, [FIRST, ANSWER], NOON + breath)
    assert decision == Decision(ANSWER, Lane.FAST)


def test_during_a_ban_nothing_goes_and_after_it_first_contacts_rest_for_a_day() -> None:
    state = refused(NEW, PauseReason.TEMPORARY_BAN, NOON, until=NOON + 3 * HOUR)
    assert decide(state, OPEN, [FIRST, ANSWER], NOON) == Decision(wake_at=NOON + 3 * HOUR)
    assert decide(state, OPEN, [FIRST, ANSWER], NOON + 3 * HOUR).message == ANSWER
    assert decide(state, OPEN, [FIRST], NOON + 3 * HOUR).wake_at == NOON + 3 * HOUR + DAY


@given(
    st.sampled_from([PauseReason.RATE_LIMITED, PauseReason.NEW_CONTACTS_LIMITED]),
    st.integers(1, 12),
)
def test_said_again_after_a_pause_the_next_is_twice_as_long_up_to_a_longest(
    reason: PauseReason, times: int
) -> None:
    longest = 6 * HOUR if reason is PauseReason.RATE_LIMITED else 4 * DAY
    state = refused(NEW, reason, NOON)
    first, now = length(state, NOON), NOON
    for again in range(1, times):
        now = state.held_until(Holds.CONTACTS) or now
        state = refused(state, reason, now)
        assert length(state, now) == min(longest, first * 2**again)


def test_said_again_during_a_pause_it_begins_again_and_is_no_longer() -> None:
    state = refused(NEW, PauseReason.RATE_LIMITED, NOON)
    state = refused(state, PauseReason.RATE_LIMITED, NOON + 10 * MINUTE)
    assert length(state, NOON + 10 * MINUTE) == 15 * MINUTE


def test_what_was_said_long_ago_is_forgotten() -> None:
    state = refused(NEW, PauseReason.RATE_LIMITED, NOON)
    later = NOON + 15 * MINUTE + DAY
    assert length(refused(state, PauseReason.RATE_LIMITED, later), later) == 15 * MINUTE
    assert (
        length(refused(state, PauseReason.RATE_LIMITED, later - SECOND), later - SECOND)
        == 30 * MINUTE
    )


def test_an_end_that_whatsapp_tells_is_believed_where_it_is_later() -> None:
    state = refused(NEW, PauseReason.NEW_CONTACTS_LIMITED, NOON, until=NOON + 6 * DAY)
    assert length(state, NOON) == 6 * DAY
    state = refused(NEW, PauseReason.NEW_CONTACTS_LIMITED, NOON, until=NOON + HOUR)
    assert length(state, NOON) == 12 * HOUR


@given(
    st.lists(st.tuples(st.sampled_from(PauseReason), st.integers(0, 40)), min_size=1, max_size=20)
)
def test_no_refusal_shortens_a_pause(said: list[tuple[PauseReason, int]]) -> None:
    state, now = NEW, NOON
    for reason, hours in said:
        now += hours * HOUR
        before = state.held_until(Holds.CONTACTS)
        state = refused(state, reason, now)
        after = state.held_until(Holds.CONTACTS)
        assert after is not None
        assert after > now
        assert before is None or after >= before
    assert len(state.pauses) <= 5
    assert State.from_json(state.to_json()) == state


def test_the_status_tells_the_reason_and_the_end() -> None:
    state = refused(NEW, PauseReason.RATE_LIMITED, NOON)
    state = refused(state, PauseReason.NEW_CONTACTS_LIMITED, NOON)
    pause = state.pause(NOON)
    assert pause is not None
    assert (pause.reason, pause.until) == (PauseReason.NEW_CONTACTS_LIMITED, NOON + 12 * HOUR)
    assert state.pause(NOON + 12 * HOUR) is None


def test_a_person_ends_all_pauses() -> None:
    state = refused(NEW, PauseReason.TEMPORARY_BAN, NOON)
    assert decide(resumed(state), OPEN, [FIRST], NOON).message == FIRST
    assert resumed(state) == replace(NEW)
