from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors import messages as m
from actors import outgoing as o
from actors import pruner
from actors.archive import _ROUND
from actors.recorder import Recorder
from persistence import retention
from persistence.message_life import MessageState
from persistence.values import Retention
from tests.actors.archiving import Archiving, new
from tests.databases import TestDatabase

KEPT = 100


@pytest.fixture
def archiving(site: TestDatabase) -> Iterator[Archiving]:
    made = Archiving(site, Retention(events=KEPT))
    yield made
    made.close()


def fill(archiving: Archiving, empresa_id: int, count: int, first: int = 0) -> None:
    events = (new(str(number), number) for number in range(first, first + count))
    archiving.record(empresa_id, *events)
    archiving.session.next(m.EventsRecorded)


def run_a_round(archiving: Archiving) -> None:
    """Retention's turns are messages to the archive itself: ask until they are through."""
    archiving.archive.tell(m.TimerFired(_ROUND, 0))
    for _ in range(1000):
        archiving.ask(m.DatabaseTrouble())
        if all(len(archiving.stored(each)) <= KEPT for each in (5, 6)):
            return
    raise AssertionError("it keeps too much")


def test_a_round_leaves_what_is_kept_of_each_empresa(archiving: Archiving) -> None:
    fill(archiving, 5, 1700)
    fill(archiving, 6, KEPT)
    run_a_round(archiving)
    assert [seq for seq, _ in archiving.stored(5)] == list(range(1601, 1701))
    assert [seq for seq, _ in archiving.stored(6)] == list(range(1, KEPT + 1))
    fill(archiving, 5, 1, 5000)
    assert archiving.stored(5)[-1] == (1701, "5000")


def test_between_two_slices_events_are_written(
    archiving: Archiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(archiving, 5, 3000)
    log: list[str] = []
    for owner, name in ((Recorder, "remove_events"), (Recorder, "record")):
        monkeypatch.setattr(owner, name, logged(getattr(owner, name), log))
    monkeypatch.setattr(pruner, "LARGEST_SLICE", 10)
    archiving.archive.tell(m.TimerFired(_ROUND, 0))
    archiving.record(5, new("meanwhile", 9000))
    # Nothing is asked of it meanwhile, which would make it write.
    assert archiving.session.next(m.EventsRecorded).entry_id == 9000
    while len(archiving.stored(5)) > KEPT:
        pass
    assert log.index("record") < len(log) - 1
    assert log.count("record") == 1
    assert archiving.stored(5)[-1] == (3001, "meanwhile")


def logged(method: Callable[..., Any], log: list[str]) -> Callable[..., Any]:
    def call(*arguments: Any) -> Any:
        log.append(method.__name__)
        return method(*arguments)

    return call


def test_what_was_removed_and_comes_again_is_confirmed_and_not_told(
    archiving: Archiving,
) -> None:
    fill(archiving, 5, 200)
    run_a_round(archiving)
    archiving.subscribe(5)
    archiving.record(5, new("3", 3))
    assert archiving.session.next(m.EventsRecorded).entry_id == 3
    assert archiving.broadcast.nothing()


def test_while_the_database_is_locked_retention_waits_for_another_round(
    archiving: Archiving,
) -> None:
    fill(archiving, 5, 200)
    with archiving.site.locked():
        archiving.archive.tell(m.TimerFired(_ROUND, 0))
        assert "bloqueado" in archiving.ask(m.DatabaseTrouble())
    assert len(archiving.stored(5)) == 200
    while archiving.ask(m.DatabaseTrouble()) is not None:
        pass
    run_a_round(archiving)


def test_a_ledger_that_is_wrong_somehow_takes_no_other_with_it(
    archiving: Archiving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    remove = retention.remove

    def fail(connection: object, empresa_id: int, *rest: object) -> None:
        if empresa_id == 5:
            raise ZeroDivisionError
        remove(connection, empresa_id, *rest)  # type: ignore[arg-type]

    fill(archiving, 5, KEPT)
    fill(archiving, 6, 200)
    fill(archiving, 5, 1, 5000)
    monkeypatch.setattr(retention, "remove", fail)
    archiving.archive.tell(m.TimerFired(_ROUND, 0))
    while len(archiving.stored(6)) > KEPT:
        archiving.ask(m.DatabaseTrouble())
    assert len(archiving.stored(5)) == KEPT + 1
    assert "retention failed" in caplog.text


def test_what_the_api_sent_long_ago_goes_with_its_key(site: TestDatabase) -> None:
    archiving = Archiving(site, Retention(days=7))
    try:
        fill(archiving, 5, 1)
        then = datetime.now(UTC) - timedelta(days=30)
        key = o.Idempotency("k", b"digest")
        until = then + timedelta(days=1)
        asked = o.NewOutgoing(5, "m", then, until, {}, "1@lid", "fast", {}, idempotency=key)
        archiving.ask(o.AcceptMessage(asked))
        archiving.ask(o.ChangeMessages(5, (o.Change("m", MessageState.CANCELLED, then),)))
        archiving.archive.tell(m.TimerFired(_ROUND, 0))
        rows = "SELECT id FROM outgoing UNION ALL SELECT key FROM idempotency_keys"
        for _ in range(1000):
            archiving.ask(m.DatabaseTrouble())
            if not site.rows(rows):
                break
        assert site.rows(rows) == []
    finally:
        archiving.close()
