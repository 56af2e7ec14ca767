"""Opening hours and time zones as a caller writes them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import InvalidSettings
from actors.fields import Fields
from actors.hours_reading import hours_json, read_hours, read_timezone
from actors.opening_hours import Interval, OpeningHours, always

INTERVALS = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).map(
    lambda pair: pair if pair[1] > pair[0] else (pair[0], pair[1] + 1440)
)
DAYS = st.lists(
    INTERVALS.filter(lambda pair: pair[1] - pair[0] != 1440 or pair == (0, 1440)), max_size=3
)


def read(document: dict[str, object]) -> OpeningHours:
    return read_hours(Fields(document), always("America/Manaus"))


@given(st.lists(DAYS.map(tuple), min_size=7, max_size=7).map(tuple), st.frozensets(st.dates()))
def test_what_is_written_is_read_again(
    week: tuple[tuple[Interval, ...], ...], closed: frozenset[date]
) -> None:
    hours = OpeningHours(week, closed, "America/Manaus")
    assert read(hours_json(hours)) == hours


def test_a_day_that_is_left_out_is_closed() -> None:
    hours = read({"openingHours": {"monday": ["08:00-12:00", "22:00-02:00"]}})
    assert hours.week == (((480, 720), (1320, 1560)), *((),) * 6)


def test_what_is_left_out_stays() -> None:
    assert read({"closedDates": ["2026-12-25"]}).week == always("America/Manaus").week
    assert read({"openingHours": {}}).closed == frozenset()


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"openingHours": []}, "openingHours"),
        ({"openingHours": {"monday": "08:00-18:00"}}, "openingHours.monday"),
        ({"openingHours": {"friday": ["8:00-18:00"]}}, "openingHours.friday"),
        ({"openingHours": {"friday": ["08:00-25:00"]}}, "openingHours.friday"),
        ({"openingHours": {"friday": ["08:00-08:00"]}}, "openingHours.friday"),
        ({"openingHours": {"friday": [None]}}, "openingHours.friday"),
        ({"openingHours": {"friday": ["08:00-09:00"] * 13}}, "openingHours.friday"),
        ({"openingHours": {"segunda": []}}, "openingHours.segunda"),
        ({"closedDates": ["25/12/2026"]}, "closedDates"),
        ({"closedDates": [20261225]}, "closedDates"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(document: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        read(document)
    assert refusal.value.fields == {"field": field}
    assert refusal.value.sentence.startswith(field)


@pytest.mark.parametrize("name", ["America/Rio_Branco", "Europe/Lisbon", "UTC"])
def test_a_time_zone_is_one_of_ianas(name: str) -> None:
    assert read_timezone(name) == name


@pytest.mark.parametrize(
    "name", ["", "Brasilia", "../../etc/passwd", "/etc/localtime", "America", "x" * 9999, "\0", 3]
)
def test_any_other_time_zone_is_refused(name: object) -> None:
    with pytest.raises(InvalidSettings, match="fuso horário"):
        read_timezone(name)
