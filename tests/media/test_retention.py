from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.retention import DAY_SECONDS, FRESH_SECONDS, Entry, Limits, removable

NOW = 1_800_000_000.0
NONE: frozenset[str] = frozenset()


def entry(name: str, size: int, days_ago: float) -> Entry:
    return Entry(name, size, NOW - days_ago * DAY_SECONDS)


FILES = [entry("c", 30, 1), entry("a", 10, 3), entry("b", 20, 2)]


def going(limits: Limits, pinned: frozenset[str] = NONE, room: int = 0) -> str:
    return "".join(
        each.digest for each in removable(FILES, limits, pinned=pinned, now=NOW, room=room)
    )


def test_without_limits_all_stay() -> None:
    assert going(Limits(budget=0, days=0), room=10**9) == ""


def test_what_is_too_old_goes() -> None:
    assert going(Limits(budget=0, days=1.5)) == "ab"


def test_the_oldest_go_until_the_rest_is_within_the_budget() -> None:
    assert going(Limits(budget=60, days=0)) == ""
    assert going(Limits(budget=59, days=0)) == "a"
    assert going(Limits(budget=49, days=0)) == "ab"


def test_room_that_is_wanted_is_made_within_the_budget() -> None:
    assert going(Limits(budget=60, days=0), room=11) == "ab"


def test_what_is_pinned_stays_and_the_next_goes_in_its_place() -> None:
    assert going(Limits(budget=59, days=1.5), pinned=frozenset("a")) == "b"


def test_a_file_that_was_just_stored_stays_however_full_it_is() -> None:
    fresh = Entry("f", 10**9, NOW - FRESH_SECONDS + 1)
    assert removable([fresh], Limits(budget=1, days=1e-9), pinned=NONE, now=NOW) == []


def test_a_file_of_a_clock_that_was_wrong_goes_like_another() -> None:
    future = entry("f", 100, -1000)
    assert removable([future], Limits(budget=99, days=0), pinned=NONE, now=NOW) == [future]


ENTRIES = st.lists(
    st.builds(
        Entry,
        st.text("abcdef", min_size=1, max_size=2),
        st.integers(1, 100),
        st.floats(NOW - 10 * DAY_SECONDS, NOW),
    ),
    unique_by=lambda each: each.digest,
)


@given(
    ENTRIES,
    st.builds(Limits, st.integers(1, 300), st.floats(0.1, 10)),
    st.frozensets(st.text("abcdef", min_size=1, max_size=2)),
    st.integers(0, 100),
)
def test_what_stays_is_needed_fresh_or_within_the_limits(
    entries: list[Entry], limits: Limits, pinned: frozenset[str], room: int
) -> None:
    gone = removable(entries, limits, pinned=pinned, now=NOW, room=room)
    assert len(set(gone)) == len(gone)
    assert not {each.digest for each in gone} & pinned
    free = [
        each
        for each in entries
        if each not in gone and each.digest not in pinned and NOW - each.stored_at >= FRESH_SECONDS
    ]
    used = sum(each.size for each in entries if each not in gone)
    assert not free or used + room <= limits.budget
    assert all(each.stored_at >= NOW - limits.days * DAY_SECONDS for each in free)
    assert all(left.stored_at >= each.stored_at for left in free for each in gone)
