from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from sqlalchemy import Connection

from persistence import empresas
from persistence.values import LedgerHead, StoredEmpresa, StoredStatus

SINCE = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)


def test_an_empresa_is_made_once_with_a_random_ledger(connection: Connection) -> None:
    made = empresas.ensure(connection, [5, 6])
    assert made[5].ledger_id != made[6].ledger_id
    assert len(made[5].ledger_id) == 32
    assert empresas.ensure(connection, [6, 5, 5]) == made
    assert empresas.heads(connection, [5, 99]) == {5: LedgerHead(5, made[5].ledger_id, 0)}


def test_ids_of_fifteen_digits_are_kept_whole(connection: Connection) -> None:
    assert empresas.ensure(connection, [999_999_999_999_999]).keys() == {999_999_999_999_999}
    assert empresas.every(connection)[0].empresa_id == 999_999_999_999_999


def test_a_new_empresa_wants_nothing_until_it_says_so(connection: Connection) -> None:
    empresas.ensure(connection, [5, 6])
    empresas.set_wanted(connection, {6: True})
    assert empresas.every(connection) == (
        StoredEmpresa(5, wanted=False, status=None),
        StoredEmpresa(6, wanted=True, status=None),
    )


def test_the_last_status_of_a_session_replaces_the_one_before(connection: Connection) -> None:
    empresas.ensure(connection, [5, 6])
    first = StoredStatus(5, "connecting", None, SINCE, None, None)
    banned = StoredStatus(5, "banned", "by_request", SINCE, "+5511999999999", SINCE)
    other = StoredStatus(6, "connected", None, SINCE, "+5511988888888", None)
    empresas.put_statuses(connection, [first])
    empresas.put_statuses(connection, [first, banned, other])
    empresas.put_statuses(connection, [])
    assert [each.status for each in empresas.every(connection)] == [banned, other]


def test_a_time_of_any_zone_is_the_same_moment_when_it_is_read(connection: Connection) -> None:
    empresas.ensure(connection, [5])
    sao_paulo = SINCE.astimezone(timezone(timedelta(hours=-3)))
    empresas.put_statuses(connection, [StoredStatus(5, "stopped", None, sao_paulo, None, None)])
    status = empresas.every(connection)[0].status
    assert status is not None
    assert status.since == SINCE
    assert status.since.tzinfo is UTC
