"""When a shop is open, by the clocks of its own time zone. Arithmetic alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Minutes after the local midnight at which the day begins; the end, which is not included, is
#: beyond a day's 1440 where it is after the next midnight.
Interval = tuple[int, int]
#: Days among which an opening is looked for: a week, and another should a change of the clocks
#: have swallowed the only one.
_FAR = 15
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Intervals of each weekday. All moments, given and answered, are aware; answers are UTC."""

    week: tuple[tuple[Interval, ...], ...]
    """Seven, Monday first. An interval over midnight belongs to the day on which it begins."""
    closed: frozenset[date] = frozenset()
    """Days on which nothing begins."""
    timezone: str = "America/Sao_Paulo"
    """A key of IANA's table."""

    def opens_at(self, moment: datetime) -> datetime | None:
        """`moment` where it is open then, else when it opens next; None: never."""
        span = self.next_span(moment)
        return None if span is None else max(moment, span[0]).astimezone(UTC)

    def is_open(self, moment: datetime) -> bool:
        """Whether it is open at that moment."""
        span = self.next_span(moment)
        return span is not None and span[0] <= moment

    def next_span(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """From when until when it is open, at that moment or next; None: never."""
        first = self.day(moment) - _DAY
        for days in range(_FAR + len(self.closed)):
            for span in _intervals(self, first + days * _DAY):
                if moment < span[1]:
                    return span
        return None

    def day(self, moment: datetime) -> date:
        """The calendar's day at that moment, there. Days follow one another, without repeats."""
        day = moment.astimezone(ZoneInfo(self.timezone)).date()
        # Where clocks are set back over midnight, the new day has begun once and for all.
        return day + _DAY if moment >= self.begins(day + _DAY) else day

    def begins(self, day: date) -> datetime:
        """The first moment of that day."""
        return _midnight(day, self.timezone)


def always(timezone: str) -> OpeningHours:
    """Open day and night, but for the hour that clocks which are set back at midnight repeat."""
    return OpeningHours((((0, 24 * 60),),) * 7, frozenset(), timezone)


@lru_cache(maxsize=4096)
def _intervals(hours: OpeningHours, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """What begins on `day`, in order. The wall clock decides: every moment in it is within.

    Minutes that the clocks skip do not exist. Of those that they show twice an interval has the
    second time where it begins in them, the first where it ends in them, both where it spans them.
    """
    if day in hours.closed:
        return ()
    zone, midnight = ZoneInfo(hours.timezone), datetime.combine(day, time())

    def moments(intervals: Iterable[Interval]) -> Iterable[tuple[datetime, datetime]]:
        for begin, stop in sorted(intervals):
            wall = midnight + timedelta(minutes=stop)
            start = _shown_last(midnight + timedelta(minutes=begin), zone)
            end = _shown_first(wall, zone)
            if end <= start:
                end = _shown_last(wall, zone)
            if start < end:
                yield start, end

    return tuple(moments(hours.week[day.weekday()]))


@lru_cache(maxsize=4096)
def _midnight(day: date, timezone: str) -> datetime:
    return _shown_first(datetime.combine(day, time()), ZoneInfo(timezone))


def _shown_first(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first moment at which the clocks show `wall`, or that at which they skip it."""
    first = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    last = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return first if first <= last else _skip(wall, zone, last, first)


def _shown_last(wall: datetime, zone: ZoneInfo) -> datetime:
    """The same of the last moment, where they show it twice."""
    return max(_shown_first(wall, zone), wall.replace(tzinfo=zone, fold=1).astimezone(UTC))


def _skip(wall: datetime, zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """When the clocks were set forward past `wall`: after `before`, at the latest at `after`."""
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        shown = (before + timedelta(seconds=middle)).astimezone(zone).replace(tzinfo=None)
        low, high = (low, middle) if shown >= wall else (middle, high)
    return before + timedelta(seconds=high)
