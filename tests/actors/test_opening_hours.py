"""Opening hours by the wall clock, also on days on which the clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.opening_hours import Interval, OpeningHours, always

#: Places with the moments around which their clocks are, or were, changed: Manaus never today,
#: Rio Branco went an hour west in 2013, St. John's set its clocks back over midnight.
CHANGES = {
    "America/Sao_Paulo": ("2018-11-04T03:00Z", "2018-02-18T02:00Z", "2026-11-26T12:00Z"),
    "America/Manaus": ("2026-11-26T12:00Z",),
    "America/Rio_Branco": ("2013-11-10T05:00Z", "2026-11-26T12:00Z"),
    "America/Santiago": ("2026-04-05T03:00Z", "2026-09-06T04:00Z"),
    "America/St_Johns": ("2010-11-07T02:31Z", "2010-03-14T03:31Z"),
    "Europe/Lisbon": ("2026-03-29T01:00Z", "2026-10-25T01:00Z"),
}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


MOMENTS = st.builds(
    lambda change, minutes: (change[0], moment(change[1]) + timedelta(minutes=minutes)),
    st.sampled_from([(zone, text) for zone, texts in CHANGES.items() for text in texts]),
    st.integers(-3 * 1440, 3 * 1440),
)
INTERVALS = st.builds(
    lambda start, length: (start, start + length), st.integers(0, 1439), st.integers(1, 1440)
)
WEEKS = st.lists(st.lists(INTERVALS, max_size=3).map(tuple), min_size=7, max_size=7).map(tuple)


def shows_open(hours: OpeningHours, at: datetime) -> bool:
    """By what a clock on the wall shows, and nothing else."""
    wall = at.astimezone(ZoneInfo(hours.timezone)).replace(tzinfo=None)
    minute = wall.hour * 60 + wall.minute
    days = ((wall.date(), minute), (wall.date() - timedelta(days=1), minute + 1440))
    return any(
        start <= minutes < end
        for day, minutes in days
        if day not in hours.closed
        for start, end in hours.week[day.weekday()]
    )


@given(MOMENTS, WEEKS)
def test_it_is_open_only_when_a_clock_on_the_wall_says_so(
    where: tuple[str, datetime], week: tuple[tuple[Interval, ...], ...]
) -> None:
    zone, at = where
    hours = OpeningHours(week, frozenset(), zone)
    opens = hours.opens_at(at)
    if opens is None:
        assert not any(week) or not shows_open(hours, at)
        return
    assert opens >= at
    assert shows_open(hours, opens)
    assert hours.is_open(opens)
    if opens > at:
        assert not hours.is_open(at)


@given(WEEKS, st.integers(0, 7 * 1440), st.integers(1, 4000))
def test_where_clocks_are_never_changed_it_is_open_whenever_the_wall_clock_says_so(
    week: tuple[tuple[Interval, ...], ...], minutes: int, later: int
) -> None:
    hours = OpeningHours(week, frozenset(), "America/Manaus")
    at = moment("2026-11-23T04:00Z") + timedelta(minutes=minutes)
    assert hours.is_open(at) is shows_open(hours, at)
    opens = hours.opens_at(at)
    between = at + timedelta(minutes=later)
    if opens is None or between < opens:
        assert not shows_open(hours, between)


@given(MOMENTS, st.integers(0, 3000))
def test_days_follow_one_another(where: tuple[str, datetime], minutes: int) -> None:
    zone, at = where
    hours = always(zone)
    day = hours.day(at)
    assert hours.begins(day) <= at < hours.begins(day + timedelta(days=1))
    assert day <= hours.day(at + timedelta(minutes=minutes))
    # But for an hour in which clocks that are set back over midnight show two days by turns.
    assert hours.is_open(at) or zone == "America/St_Johns"


@pytest.mark.parametrize(
    ("zone", "at", "opens"),
    [
        # The first hour of 4 November 2018 did not exist in São Paulo: it opened at 1, at once.
        ("America/Sao_Paulo", "2018-11-04T02:59Z", "2018-11-04T03:00Z"),
        # 8 o'clock, before and after.
        ("America/Sao_Paulo", "2018-11-03T03:00Z", "2018-11-03T11:00Z"),
        ("America/Sao_Paulo", "2018-11-05T02:00Z", "2018-11-05T10:00Z"),
        ("America/Manaus", "2026-11-26T05:00Z", "2026-11-26T12:00Z"),
        ("America/Rio_Branco", "2026-11-26T05:00Z", "2026-11-26T13:00Z"),
        ("America/Rio_Branco", "2013-11-09T05:00Z", "2013-11-09T12:00Z"),
    ],
)
def test_eight_oclock_is_the_shops_own(zone: str, at: str, opens: str) -> None:
    week: list[tuple[Interval, ...]] = [((480, 1080),)] * 7
    week[6] = ((0, 60), (60, 120)) if "Sao_Paulo" in zone else ()
    assert OpeningHours(tuple(week), frozenset(), zone).opens_at(moment(at)) == moment(opens)


def test_an_hour_that_clocks_skip_is_not_open() -> None:
    week = ((),) * 6 + (((0, 30),),)
    hours = OpeningHours(week, frozenset(), "America/Sao_Paulo")
    assert hours.opens_at(moment("2018-11-04T02:00Z")) == moment("2018-11-11T02:00Z")


@pytest.mark.parametrize(
    ("interval", "opens", "closes"),
    [
        # From 23 to 24 on 17 February 2018 came twice, from 01:00Z and from 02:00Z on.
        ((1390, 1410), "2018-02-18T02:10Z", "2018-02-18T02:30Z"),
        ((1300, 1410), "2018-02-17T23:40Z", "2018-02-18T01:30Z"),
        ((1410, 1470), "2018-02-18T02:30Z", "2018-02-18T03:30Z"),
        ((1300, 1500), "2018-02-17T23:40Z", "2018-02-18T04:00Z"),
    ],
)
def test_of_an_hour_that_comes_twice_one_is_chosen(
    interval: Interval, opens: str, closes: str
) -> None:
    week = (*((),) * 5, (interval,), ())
    hours = OpeningHours(week, frozenset(), "America/Sao_Paulo")
    assert hours.next_span(moment("2018-02-16T00:00Z")) == (moment(opens), moment(closes))


def test_an_interval_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    friday = (*((),) * 4, ((1320, 1560),), (), ())
    hours = OpeningHours(friday, frozenset(), "America/Manaus")
    assert hours.is_open(moment("2026-11-28T05:59Z"))
    assert not hours.is_open(moment("2026-11-28T06:00Z"))
    closed = OpeningHours(friday, frozenset({date(2026, 11, 27)}), "America/Manaus")
    assert closed.opens_at(moment("2026-11-28T05:59Z")) == moment("2026-12-05T02:00Z")


def test_days_off_are_passed_however_many_they_are() -> None:
    off = frozenset(date(2026, 11, 1) + timedelta(days=day) for day in range(120))
    hours = OpeningHours((((480, 1080),),) * 7, off, "America/Manaus")
    assert hours.opens_at(moment("2026-11-01T00:00Z")) == moment("2027-03-01T12:00Z")


def test_what_never_opens_has_no_moment() -> None:
    hours = OpeningHours(((),) * 7)
    assert hours.opens_at(datetime(2026, 11, 26, tzinfo=UTC)) is None
