"""Backoff and restart intensity, as arithmetic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from actors.restart_policy import RestartPolicy, RestartRow

POLICY = RestartPolicy(intensity=10, window=60.0, first=0.5, longest=30.0)


@given(st.integers(1, 10_000), st.floats(0, 1, exclude_max=True))
def test_the_wait_doubles_up_to_the_longest_and_jitter_takes_at_most_half(
    attempt: int, jitter: float
) -> None:
    full = min(30.0, 0.5 * 2.0 ** min(attempt - 1, 50))
    assert full / 2 <= POLICY.delay(attempt, jitter) <= full


@given(st.lists(st.floats(0.0, 59.9), min_size=11, max_size=30))
def test_eleven_short_lives_in_a_row_exhaust_the_restarts(lives: list[float]) -> None:
    row, now = RestartRow(), 1000.0
    for count, life in enumerate(lives, 1):
        row = row.started(now)
        now += life
        row = row.died(now, POLICY)
        assert row.is_exhausted(POLICY) is (count > 10)


@given(st.integers(0, 9), st.floats(60.1, 1e6))
def test_a_long_life_begins_a_new_row(before: int, life: float) -> None:
    row = RestartRow(count=before).started(1000.0).died(1000.0 + life, POLICY)
    assert row.count == 1
