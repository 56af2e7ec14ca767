"""Opening hours as JSON: `{"monday": ["08:00-12:00", "13:30-18:00"], "saturday": ["09:00-13:00"]}`.

A day that is left out is closed. `"18:00-02:00"` goes over midnight, `"00:00-24:00"` is all day.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from actors.fields import Fields, refuse
from actors.opening_hours import DAYS, Interval, OpeningHours

MOST_INTERVALS = 12
MOST_CLOSED = 400

_DAY = 24 * 60
_CLOCK = "([01][0-9]|2[0-3]):([0-5][0-9])"
_INTERVAL = re.compile(f"{_CLOCK}-(?:{_CLOCK}|24:00)")


def read_timezone(value: object, field: str = "timezone") -> str:
    """The name of a time zone. Refused: `InvalidSettings`."""
    try:
        # Unknown: KeyError. Like a path, or no zone: ValueError. A folder, or too long: OSError.
        return ZoneInfo(value if isinstance(value, str) else "").key
    except (ValueError, KeyError, OSError):
        refuse(field, "deve ser um fuso horário da IANA, por exemplo America/Manaus.")


def read_hours(fields: Fields, default: OpeningHours) -> OpeningHours:
    """`openingHours` and `closedDates` of `fields`, in the time zone of `default`."""
    document, dates = fields.get("openingHours"), fields.items("closedDates", MOST_CLOSED)
    if document is not None:
        week = Fields(document, fields.path("openingHours"))
        default = replace(default, week=tuple(_intervals(week, day) for day in DAYS))
        week.end()
    if dates is not None:
        closed = frozenset(_date(each, fields.path("closedDates")) for each in dates)
        default = replace(default, closed=closed)
    return default


def hours_json(hours: OpeningHours) -> dict[str, object]:
    """The two fields that `read_hours` reads."""
    week = {
        day: [_text(interval) for interval in intervals]
        for day, intervals in zip(DAYS, hours.week, strict=True)
    }
    return {"openingHours": week, "closedDates": sorted(each.isoformat() for each in hours.closed)}


def _intervals(week: Fields, day: str) -> tuple[Interval, ...]:
    return tuple(_interval(text, week.path(day)) for text in week.items(day, MOST_INTERVALS) or ())


def _interval(text: object, field: str) -> Interval:
    found = _INTERVAL.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        refuse(field, 'deve ter horários como "08:00-18:00", de 00:00 a 24:00.')
    start = int(found[1]) * 60 + int(found[2])
    end = _DAY if found[3] is None else int(found[3]) * 60 + int(found[4])
    if end == start:
        refuse(field, 'tem um horário vazio. Para o dia inteiro, escreva "00:00-24:00".')
    return start, end if end > start else end + _DAY


def _text(interval: Interval) -> str:
    start, end = interval
    end = end if end <= _DAY else end - _DAY
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def _date(value: object, field: str) -> date:
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        refuse(field, "deve ter datas como 2026-12-25.")
