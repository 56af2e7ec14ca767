from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import StatementError

from persistence import empresas, ledger
from persistence.chunks import CHUNK
from persistence.json_text import json_text
from persistence.values import EventPage, LedgerEvent, NewEvent

AT = datetime(2026, 11, 24, 14, 16, 54, 123456, tzinfo=UTC)


def new(key: str | None = None, kind: str = "message", **data: object) -> NewEvent:
    return NewEvent(kind, AT, data, key)


def append(connection: Connection, events: dict[int, list[NewEvent]]) -> dict[int, list[int]]:
    heads = empresas.ensure(connection, events)
    appended = ledger.append(connection, heads, events)
    return {each: [event.seq for event in done] for each, done in appended.items()}


def page(
    connection: Connection, after: int, limit: int, types: frozenset[str] | None = None
) -> EventPage:
    found = ledger.page(connection, 5, after, limit, types)
    assert found is not None
    return found


def test_each_empresa_counts_from_one_without_holes(connection: Connection) -> None:
    assert append(connection, {5: [new(), new()], 6: [new()]}) == {5: [1, 2], 6: [1]}
    assert append(connection, {6: [new()], 5: [new()]}) == {6: [2], 5: [3]}
    assert append(connection, {5: []}) == {}
    head = ledger.head(connection, 5)
    assert head is not None
    assert head.last_seq == 3


def test_an_event_whose_key_is_there_takes_no_number(connection: Connection) -> None:
    append(connection, {5: [new("a"), new("b")]})
    assert append(connection, {5: [new("b"), new("c"), new("a"), new("d")]}) == {5: [3, 4]}
    assert append(connection, {5: [new("a")]}) == {}
    assert [event.seq for event in page(connection, 0, 10).events] == [1, 2, 3, 4]


def test_of_two_events_of_one_key_handed_over_together_the_first_counts(
    connection: Connection,
) -> None:
    assert append(connection, {5: [new("a", n=1), new("a", n=2), new("b")]}) == {5: [1, 2]}
    assert page(connection, 0, 1).events[0].data == {"n": 1}


def test_a_key_belongs_to_one_empresa_and_no_key_is_no_repeat(connection: Connection) -> None:
    assert append(connection, {5: [new("a")], 6: [new("a")]}) == {5: [1], 6: [1]}
    assert append(connection, {5: [new(), new()]}) == {5: [2, 3]}


def test_more_keys_than_one_statement_takes_are_all_found(connection: Connection) -> None:
    many = [new(f"key {number}") for number in range(2 * CHUNK + 1)]
    append(connection, {5: many})
    assert append(connection, {5: [*many, new("fresh")]}) == {5: [len(many) + 1]}


def test_events_come_back_as_they_were_handed_over(connection: Connection) -> None:
    data = {"text": "Olá 🚗 \x00 \ud800", "list": [1, 2.5, None, True], "none": None}
    append(connection, {5: [NewEvent("message", AT, data, "a")]})
    assert page(connection, 0, 10).events == (LedgerEvent(5, 1, "message", AT, json_text(data)),)


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_any_text_has_a_form_in_ascii(data: dict[str, object]) -> None:
    assert json_text(data).isascii()


@pytest.mark.parametrize("value", [float("nan"), {1}, b"bytes"])
def test_what_json_does_not_have_is_refused(connection: Connection, value: object) -> None:
    heads = empresas.ensure(connection, [5])
    with pytest.raises((ValueError, TypeError)):
        ledger.append(connection, heads, {5: [new(value=value)]})


def test_a_time_without_a_zone_is_refused(connection: Connection) -> None:
    heads = empresas.ensure(connection, [5])
    naive = NewEvent("message", AT.replace(tzinfo=None), {})
    with pytest.raises(StatementError):
        ledger.append(connection, heads, {5: [naive]})


def test_pages_follow_one_another_without_gap_or_repeat(connection: Connection) -> None:
    append(connection, {5: [new(n=n) for n in range(7)], 6: [new()] * 20})
    seen, after = [], 0
    while (found := page(connection, after, 3)).events:
        assert found.head.last_seq == 7
        seen += [event.seq for event in found.events]
        after = found.next
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert after == 7


def test_a_page_of_some_types_goes_on_after_the_last_number_looked_at(
    connection: Connection,
) -> None:
    append(connection, {5: [new(kind=kind) for kind in ("status", "message", "receipt") * 2]})
    some = frozenset({"message", "receipt"})
    first = page(connection, 0, 3, some)
    assert ([event.seq for event in first.events], first.next) == ([2, 3, 5], 5)
    rest = page(connection, first.next, 3, some)
    assert ([event.seq for event in rest.events], rest.next) == ([6], 6)
    assert page(connection, 0, 9, frozenset({"unheard of"})).next == 6
    assert page(connection, 0, 9, frozenset()).events == ()


def test_a_rare_type_is_looked_for_in_a_bounded_stretch(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "WINDOW", 4)
    append(connection, {5: [*[new(kind="status")] * 5, new()]})
    first = page(connection, 0, 10, frozenset({"message"}))
    assert (first.events, first.next) == ((), 4)
    assert [event.seq for event in page(connection, 4, 10, frozenset({"message"})).events] == [6]


def test_after_the_end_there_is_nothing_and_next_does_not_go_back(connection: Connection) -> None:
    append(connection, {5: [new()]})
    assert page(connection, 9, 10).events == ()
    assert page(connection, 9, 10).next == 9


def test_an_unknown_empresa_has_no_ledger(connection: Connection) -> None:
    assert ledger.page(connection, 5, 0, 10) is None
    assert ledger.head(connection, 5) is None
