"""How many texts a handler may send to one conversation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from actors import flood

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_within_a_minute_there_is_room_for_so_many_and_then_for_none() -> None:
    said = flood.after((), 15, NOW)
    assert flood.room(said, NOW + 59 * SECOND) == 5
    said = flood.after(said, 5, NOW + SECOND)
    assert flood.room(said, NOW + 59 * SECOND) == 0
    assert flood.room(said, NOW + 60 * SECOND) == 15


def test_two_machines_that_answer_one_another_fall_silent_at_any_pace_that_would_fill_an_hour() -> (
    None
):
    for seconds in (1, 3, 10, 30):
        said: tuple[int, ...] = ()
        now, count = NOW, 0
        while flood.room(said, now) and count < 1000:
            said, count = flood.after(said, 1, now), count + 1
            now += seconds * SECOND
        assert count <= 100


def test_what_was_said_an_hour_ago_counts_no_more() -> None:
    said = flood.after((), 100, NOW)
    assert flood.room(said, NOW + 3599 * SECOND) == 0
    assert flood.room(said, NOW + 3600 * SECOND) == 20
    assert flood.after(said, 1, NOW + 3600 * SECOND) == (int(NOW.timestamp()) + 3600,)
