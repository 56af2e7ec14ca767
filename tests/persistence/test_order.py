"""The order of all empresas' events; on each engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from persistence import empresas, erasing, ledger, order, retention
from persistence.copying import renew_ledger_ids
from persistence.database import Access, Database
from persistence.errors import DatabaseUnavailable
from persistence.values import NewEvent, OrderPage
from tests.databases import PostgresTestDatabase, TestDatabase

AT = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)


@pytest.fixture
def writer(database: Database) -> Iterator[Access]:
    access = database.writer()
    yield access
    access.close()


@pytest.fixture
def reader(database: Database) -> Iterator[Access]:
    access = database.reader()
    yield access
    access.close()


def append(connection: Connection, **events: int) -> None:
    """So many of each: `append(connection, e5=2)`."""
    new = {int(name[1:]): [NewEvent("message", AT, {})] * count for name, count in events.items()}
    ledger.append(connection, empresas.ensure(connection, new), new)


def store(access: Access, **events: int) -> None:
    with access.transaction() as connection:
        append(connection, **events)


def page(access: Access, after: int | None = 0, limit: int = 100) -> OrderPage:
    with access.transaction() as connection:
        return order.page(connection, after, limit)


def seen(found: OrderPage) -> list[tuple[int, int]]:
    return [(event.empresa_id, event.seq) for event in found.events]


def test_events_come_in_the_order_of_their_storing_whichever_empresas_they_are(
    writer: Access, reader: Access
) -> None:
    assert (page(reader).events, page(reader).next) == ((), 0)
    store(writer, e5=2)
    store(writer, e6=1, e5=1)
    store(writer, e6=1)
    found = page(reader)
    assert seen(found) == [(5, 1), (5, 2), (6, 1), (5, 3), (6, 2)]
    assert (found.next, found.head.last_position) == (5, 5)
    assert (found.events[0].type, found.events[0].at, found.events[0].data) == ("message", AT, {})


def test_pages_follow_one_another_without_gap_or_repeat(writer: Access, reader: Access) -> None:
    store(writer, e5=4, e6=3)
    found, after = [], 0
    while (part := page(reader, after, 3)).events:
        found += seen(part)
        after = part.next
    assert found == [(5, seq) for seq in range(1, 5)] + [(6, seq) for seq in range(1, 4)]
    assert (page(reader, after).next, page(reader, after).events) == (7, ())


def test_from_the_newest_on_there_is_only_what_comes(writer: Access, reader: Access) -> None:
    store(writer, e5=3)
    latest = page(reader, None)
    assert (latest.events, latest.next) == ((), 3)
    store(writer, e6=1)
    assert seen(page(reader, latest.next)) == [(6, 1)]


def test_what_is_not_committed_has_no_position(writer: Access, reader: Access) -> None:
    with suppress(RuntimeError), writer.transaction() as connection:
        append(connection, e5=3)
        raise RuntimeError
    store(writer, e6=1)
    assert (seen(page(reader)), page(reader).next) == ([(6, 1)], 1)


def test_a_position_that_was_removed_is_never_given_again(writer: Access, reader: Access) -> None:
    store(writer, e5=2)
    store(writer, e6=2)
    with writer.transaction() as connection:
        erasing.begin(connection, 6)
        assert erasing.erase_more(connection, 6)
    removed = page(reader, 2)
    assert (removed.events, removed.next) == ((), 4)
    store(writer, e6=1, e5=1)
    assert sorted(seen(page(reader, removed.next))) == [(5, 3), (6, 1)]
    with writer.transaction() as connection:
        retention.remove(connection, 5, 3, AT)
    assert seen(page(reader)) == [(6, 1)]
    assert page(reader).next == 6


def test_who_stands_in_what_was_removed_goes_on_behind_it(writer: Access, reader: Access) -> None:
    store(writer, e5=10, e6=1)
    before = page(reader, 0, 3).next
    with writer.transaction() as connection:
        retention.remove(connection, 5, 8, AT)
    assert seen(page(reader, before)) == [(5, 9), (5, 10), (6, 1)]


def test_a_reader_sees_none_that_is_committed_behind_one_that_it_has_seen(
    site: TestDatabase, reader: Access, database: Database
) -> None:
    """A second writer, as an archive that was given up in its commit, waits or is refused."""
    first = database.writer()
    other = OtherWriter(database)
    with first.transaction() as connection:
        append(connection, e5=1)
        other.store(e6=1)
    other.over()
    first.close()
    found = page(reader)
    assert seen(found) == [(5, 1)] if other.is_refused else [(5, 1), (6, 1)]
    positions = site.rows("SELECT position FROM events ORDER BY position")
    assert positions == [(number,) for number in range(1, len(found.events) + 1)]


class OtherWriter:
    """On a thread of its own."""

    def __init__(self, database: Database) -> None:
        self._engine = database._engine
        self.is_refused = False

    def store(self, **events: int) -> None:
        self._began = threading.Event()
        self._thread = threading.Thread(target=self._run, kwargs=events)
        self._thread.start()
        assert self._began.wait(10)

    def over(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()

    def _run(self, **events: int) -> None:
        # PostgreSQL lets only one connection own the database: a migrator's may write too.
        access = Access(self._engine, self._engine.migrator())
        self._began.set()
        try:
            store(access, **events)
        except DatabaseUnavailable:
            self.is_refused = True
        finally:
            access.close()


def test_a_restored_backup_has_another_order(
    writer: Access, reader: Access, database: Database
) -> None:
    store(writer, e5=1)
    before = page(reader).head
    writer.close()
    renew_ledger_ids(database)
    after = page(reader).head
    assert after.order_id != before.order_id
    assert after.last_position == before.last_position


def test_a_page_is_found_by_its_index(site: TestDatabase, writer: Access) -> None:
    store(writer, e5=2000)
    query = "SELECT * FROM events WHERE position > 5 ORDER BY position LIMIT 10"
    is_sqlite = not isinstance(site, PostgresTestDatabase)
    plan = site.rows(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")
    assert "ix_events_position" in str(plan)
