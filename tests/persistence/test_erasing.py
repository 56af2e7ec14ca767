"""The rows of an empresa that is erased; on each engine."""

from __future__ import annotations

from datetime import UTC, datetime

from persistence import (
    accepting,
    chats,
    empresas,
    erasing,
    handlers,
    jobs,
    ledger,
    paces,
    reads,
    retention,
)
from persistence.copying import ledger_ids, renew_ledger_ids
from persistence.database import Database
from persistence.handler_values import ChosenHandler, HandlerStep, Remembered
from persistence.job_values import JobMessage, NewJob
from persistence.models import Model
from persistence.outgoing_values import Idempotency, NewOutgoing, PaceState
from persistence.values import NewEvent, StoredStatus
from tests.persistence.telling import CHAT, OWN, link, message, tell

AT = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)


def fill(database: Database, *empresa_ids: int) -> None:
    """Rows in every table that has rows of empresas."""
    writer = database.writer()
    with writer.transaction() as connection:
        heads = empresas.ensure(connection, empresa_ids)
        statuses = (StoredStatus(each, "connected", None, AT, None, None) for each in empresa_ids)
        empresas.put_statuses(connection, statuses)
        events = [NewEvent("message", AT, {}, f"key {number}") for number in range(30)]
        ledger.append(connection, heads, dict.fromkeys(empresa_ids, events))
        told = [NewEvent("message", AT, {"chat": {"id": "1@lid"}})]
        for each in empresa_ids:
            paces.put_states(connection, {each: PaceState("+5521999990001", {})})
            chats.note(connection, {each: told})
            ends = empresas.heads(connection, [each])
            handlers.choose(connection, {each: ChosenHandler("rules", {})}, ends)
            step = HandlerStep(each, ends[each].last_seq, 31, AT, Remembered("1@lid", {}))
            assert handlers.take(connection, {0: step}, ends)
            key = Idempotency("k", b"digest")
            accepting.accept(
                connection, NewOutgoing(each, "m", AT, AT, {}, None, "fast", {}, idempotency=key)
            )
            of_job = (JobMessage("jm", {}, None),)
            jobs.accept(connection, NewJob(each, "j", "Natal", AT, AT, "bulk", {}, of_job))
            retention.remove(connection, each, 10, AT)
            link(connection, empresa_id=each)
            tell(connection, message("a", media={"id": "M"}), empresa_id=each)
            reads.note(connection, [(each, OWN, CHAT)])
            erasing.begin(connection, each)
    writer.close()


def rows(database: Database, empresa_id: int) -> dict[str, int]:
    """By table."""
    reader = database.reader()
    with reader.transaction() as connection:
        found = {
            table.name: len(
                connection.execute(
                    table.select().where(
                        table.c["id" if table.name == "empresas" else "empresa_id"] == empresa_id
                    )
                ).all()
            )
            for table in Model.metadata.sorted_tables
            if table.name not in ("write_probes", "event_orders")
        }
    reader.close()
    return found


def test_every_table_is_emptied_of_it_in_slices_and_no_other_empresa_loses_anything(
    database: Database,
) -> None:
    fill(database, 5, 6)
    before = rows(database, 6)
    assert min(before.values()) > 0, "a table that this test does not fill"
    writer = database.writer()
    slices = 0
    is_done = False
    while not is_done:
        with writer.transaction() as connection:
            is_done = erasing.erase_more(connection, 5, 7)
        slices += 1
        left = rows(database, 5)
        assert is_done or left["erasures"] == left["empresas"] == 1
    writer.close()
    assert slices > 4
    assert set(rows(database, 5).values()) == {0}
    assert rows(database, 6) == before


def test_a_reader_meanwhile_is_told_that_all_is_removed(database: Database) -> None:
    fill(database, 5)
    writer = database.writer()
    with writer.transaction() as connection:
        assert not erasing.erase_more(connection, 5, 7)
        page = ledger.page(connection, 5, 0, 100)
    writer.close()
    assert page is not None
    assert page.events == ()
    assert page.gap == (1, 31)


def test_erasing_what_is_not_there_is_done_at_once(database: Database) -> None:
    writer = database.writer()
    with writer.transaction() as connection:
        assert erasing.go_on(connection, [99], [99, 99]) == {99}
    assert writer.scrub()
    writer.close()


def test_renewed_ledgers_have_other_ids(database: Database) -> None:
    fill(database, 5, 6)
    before = ledger_ids(database)
    assert renew_ledger_ids(database) == 2
    after = ledger_ids(database)
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
