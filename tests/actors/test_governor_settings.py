"""What may be set of how an empresa sends, and what is refused."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.errors import InvalidSettings
from actors.governor import Settings, State
from actors.opening_hours import OpeningHours
from tests.actors.test_governor_pauses import NOON
from tests.actors.test_opening_hours import CHANGES

DEFAULT = Settings()
DAYS = st.sampled_from([(), ((480, 720), (810, 1080)), ((1320, 1560),), ((0, 1440),)])
HOURS = st.builds(
    OpeningHours,
    st.lists(DAYS, min_size=7, max_size=7).map(tuple),
    st.frozensets(st.dates(), max_size=3),
    st.sampled_from(sorted(CHANGES)),
)
SETTINGS = st.builds(
    Settings,
    hours=HOURS,
    window_hours=st.floats(0, 720),
    per_minute=st.floats(0.01, 1000),
    jitter=st.floats(0, 0.9),
    daily=st.lists(st.integers(0, 100_000), max_size=9).map(lambda days: (*days, 1)),
    job_share=st.floats(0.01, 1),
)


@given(SETTINGS)
def test_what_is_written_is_read_again(settings: Settings) -> None:
    document = json.loads(json.dumps(settings.to_json()))
    base = Settings(hours=OpeningHours(((),) * 7, frozenset(), settings.hours.timezone))
    assert Settings.read(document, base) == settings


@given(SETTINGS)
def test_what_is_left_out_stays_as_it_is_for_all(settings: Settings) -> None:
    assert Settings.read({}, settings) == settings
    assert Settings.read({"perMinute": 3}, settings).daily == settings.daily


@given(SETTINGS, st.integers(-3, 400))
def test_a_job_never_has_more_of_a_day_than_there_is_and_one_at_least(
    settings: Settings, day: int
) -> None:
    contacts, jobs = settings.contacts(day), settings.job_contacts(day)
    assert min(1, contacts) <= jobs <= contacts


def test_the_warm_up_never_shrinks_and_ends_at_its_plateau() -> None:
    days = [DEFAULT.contacts(day) for day in range(30)]
    assert days == sorted(days)
    assert (days[0], days[15], days[29]) == (10, 200, 200)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"perMinute": 0}, "perMinute"),
        ({"perMinute": float("nan")}, "perMinute"),
        ({"perMinute": True}, "perMinute"),
        ({"perMinute": "2"}, "perMinute"),
        ({"jitter": 1}, "jitter"),
        ({"windowHours": -1}, "windowHours"),
        ({"jobShare": 2}, "jobShare"),
        ({"dailyContacts": 20}, "dailyContacts"),
        ({"dailyContacts": [20, 0]}, "dailyContacts"),
        ({"dailyContacts": [-1, 20]}, "dailyContacts"),
        ({"dailyContacts": [1.5]}, "dailyContacts"),
        ({"dailyContacts": [1] * 366}, "dailyContacts"),
        ({"openingHours": {"monday": ["8h"]}}, "openingHours.monday"),
        ({"perminute": 2}, "perminute"),
        ({"timezone": "America/Manaus"}, "timezone"),
        ([], "O corpo"),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(document: object, field: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        Settings.read(document, DEFAULT)
    assert refusal.value.fields == {"field": field}
    assert refusal.value.sentence.startswith(f"{field} ")
    assert refusal.value.code == "invalid_settings"


def test_an_unknown_field_is_told_which_ones_there_are() -> None:
    with pytest.raises(InvalidSettings, match="perMinute"):
        Settings.read({"pace": 2}, DEFAULT)


def test_what_is_remembered_survives_a_restart_as_json() -> None:
    state = State(
        seed=2**70,
        linked_at=NOON,
        day=date(2026, 11, 26),
        opened=frozenset({"1@lid", "2@lid"}),
        by_jobs=1,
        last_at=NOON,
    )
    assert State.from_json(json.loads(json.dumps(state.to_json()))) == state
    new = State(1, NOON)
    assert State.from_json(json.loads(json.dumps(new.to_json()))) == new
