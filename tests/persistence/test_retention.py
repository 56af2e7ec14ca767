from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from persistence import empresas, ledger, retention
from persistence.values import EventPage, NewEvent, Retention

NOW = datetime(2026, 11, 24, 14, 16, 54, tzinfo=UTC)
ALL = 1000


def append(connection: Connection, *days_ago: float, kind: str = "message") -> None:
    """An event of each age; its key says its number."""
    heads = empresas.ensure(connection, [5])
    first = heads[5].last_seq + 1
    events = [
        NewEvent(kind, NOW - timedelta(days=age), {}, f"key {first + index}")
        for index, age in enumerate(days_ago)
    ]
    ledger.append(connection, heads, {5: events})


def page(connection: Connection, after: int, *types: str) -> EventPage:
    found = ledger.page(connection, 5, after, ALL, frozenset(types) if types else None)
    assert found is not None
    return found


def numbers(connection: Connection, after: int = 0) -> list[int]:
    return [event.seq for event in page(connection, after).events]


def removable(connection: Connection, most: int = ALL, **kept: int) -> int | None:
    return retention.removable(connection, 5, Retention(**kept), NOW, most)


def test_by_count_the_newest_stay(connection: Connection) -> None:
    append(connection, *[1] * 7)
    assert removable(connection, events=5) == 2
    assert removable(connection, events=7) is None
    assert removable(connection) is None
    assert removable(connection, events=1, most=3) == 3


def test_by_age_what_is_older_goes(connection: Connection) -> None:
    append(connection, 9, 8, 7, 1, 0)
    assert removable(connection, days=7) == 2
    assert removable(connection, days=30) is None
    assert removable(connection, days=7, events=1) == 4


def test_a_clock_that_ran_ahead_for_a_while_does_not_keep_the_beginning(
    connection: Connection,
) -> None:
    append(connection, 9, -3000, 8, 1)
    assert removable(connection, days=7) == 3


def test_what_is_removed_is_a_gap_with_both_ends(connection: Connection) -> None:
    append(connection, *[1] * 7)
    retention.remove(connection, 5, 4, NOW)
    assert page(connection, 0).gap == (1, 4)
    assert page(connection, 2).gap == (3, 4)
    assert page(connection, 4).gap is None
    assert numbers(connection) == [5, 6, 7]
    assert page(connection, 0).head.last_seq == 7


def test_the_gap_is_told_whatever_types_are_asked_for(connection: Connection) -> None:
    append(connection, *[1] * 4)
    append(connection, 1, kind="status")
    retention.remove(connection, 5, 3, NOW)
    found = page(connection, 1, "status")
    assert (found.gap, [event.seq for event in found.events], found.next) == ((2, 3), [5], 5)
    assert page(connection, 1, "unheard of").gap == (2, 3)


def test_a_ledger_of_which_all_is_removed_goes_on_counting(connection: Connection) -> None:
    append(connection, *[1] * 4)
    retention.remove(connection, 5, 4, NOW)
    found = page(connection, 0)
    assert (found.gap, found.events, found.next) == ((1, 4), (), 4)
    assert retention.everyone(connection) == []
    append(connection, 0)
    assert numbers(connection) == [5]
    assert retention.everyone(connection) == [5]


def test_slices_end_with_what_is_kept(connection: Connection) -> None:
    append(connection, *[9] * 5, 1, 1)
    while (up_to := removable(connection, most=2, days=7)) is not None:
        retention.remove(connection, 5, up_to, NOW)
    assert numbers(connection) == [6, 7]


def test_a_removed_event_that_is_delivered_again_is_still_known(connection: Connection) -> None:
    append(connection, 1, 1, 1)
    retention.remove(connection, 5, 3, NOW)
    heads = empresas.ensure(connection, [5, 6])
    again = [NewEvent("message", NOW, {}, f"key {number}") for number in (1, 2, 3)]
    assert ledger.append(connection, heads, {5: again}) == {}
    assert len(ledger.append(connection, heads, {6: again})[6]) == 3


def test_keys_are_forgotten_once_nothing_can_bring_them_again(connection: Connection) -> None:
    append(connection, retention.KEY_DAYS + 1, retention.KEY_DAYS - 1, 1)
    retention.remove(connection, 5, 3, NOW)
    later = NOW + timedelta(days=2)
    assert retention.forget_keys(connection, NOW, ALL) == 0, "the first was not kept at all"
    assert retention.forget_keys(connection, later, ALL) == 1
    assert retention.forget_keys(connection, later, ALL) == 0
    assert retention.forget_keys(connection, later + timedelta(days=99), 0) == 0
    heads = empresas.ensure(connection, [5])
    again = [NewEvent("message", NOW, {}, f"key {number}") for number in (2, 3)]
    assert [event.seq for event in ledger.append(connection, heads, {5: again})[5]] == [4]


def test_an_empresa_that_is_gone_has_nothing_to_remove(connection: Connection) -> None:
    assert removable(connection, events=1) is None
