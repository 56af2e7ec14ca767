from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import REGISTRY, CollectorRegistry

from actors import messages as m
from actors import metrics
from actors.messages import LedgerEvent
from actors.system import System
from actors.tally import Tallies, Tally
from tests.actors.archiving import Archiving, new
from tests.actors.running_system import connected, listening, play
from tests.databases import SqliteTestDatabase
from tests.fake_clients import FakeClients, text
from whatsapp.port import EventKind

NUMBER = "+5521999999999"
#: Of no other test: what is counted is this process's, not this test's.
SHOP, OTHER_SHOP = 90_001, 90_002


@pytest.fixture
def archiving(tmp_path: Path) -> Iterator[Archiving]:
    made = Archiving(SqliteTestDatabase(tmp_path / "vendeai.db"))
    yield made
    made.close()
    metrics.forget((SHOP, OTHER_SHOP))


def value(name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


def events(kind: str, empresa_id: int = SHOP) -> float:
    return value("vendeai_empresa_events_total", empresa=str(empresa_id), type=kind)


def event(seq: int, kind: str = "message", empresa_id: int = SHOP) -> LedgerEvent:
    return LedgerEvent(empresa_id, seq, kind, datetime.now(UTC), "{}")


def test_a_tally_counts_each_value_at_its_bound_and_all_above() -> None:
    tally = Tally((0.1, 1))
    for seconds in (0.05, 0.1, 0.5, 7):
        tally.observe(seconds)
    buckets, total = tally.read()
    assert buckets == [("0.1", 2), ("1.0", 3), ("+Inf", 4)]
    assert total == pytest.approx(7.65)


def test_a_tally_loses_nothing_to_threads_that_count_at_once() -> None:
    tally = Tally((1,))

    def count() -> None:
        for _ in range(2000):
            tally.observe(1)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tally.read() == ([("1.0", 16_000), ("+Inf", 16_000)], 16_000)


def test_a_label_has_one_tally_and_a_name_one_family() -> None:
    registry = CollectorRegistry()
    tallies = Tallies("a_seconds", "help", (1,), registry, "class")
    assert tallies.of("A") is tallies.of("A")
    assert tallies.of("A") is not tallies.of("B")
    tallies.of("A").observe(2)
    assert registry.get_sample_value("a_seconds_bucket", {"class": "A", "le": "1.0"}) == 0
    assert registry.get_sample_value("a_seconds_count", {"class": "A"}) == 1
    assert registry.get_sample_value("a_seconds_sum", {"class": "A"}) == 2
    with pytest.raises(ValueError, match="a_seconds"):
        Tallies("a_seconds", "help", (1,), registry)


def test_nothing_of_ours_is_in_the_librarys_own_registry() -> None:
    assert not [metric for metric in REGISTRY.collect() if metric.name.startswith("vendeai")]


def test_committed_events_are_counted_by_empresa_and_type() -> None:
    metrics.published([(event(1), event(2), event(3, "status")), (event(1, "b", OTHER_SHOP),)])
    metrics.published([(event(4),)])
    assert (events("message"), events("status")) == (3, 1)
    assert (events("b", OTHER_SHOP), events("other", OTHER_SHOP)) == (0, 1)
    metrics.forget([SHOP])
    assert (events("message"), events("status")) == (0, 0)
    assert events("other", OTHER_SHOP) == 1
    metrics.forget([OTHER_SHOP])


def test_every_kind_that_a_worker_journals_has_a_label_of_its_own() -> None:
    for seq, kind in enumerate(get_args(EventKind), 1):
        metrics.published([(event(seq, kind),)])
        assert events(kind) == 1
    assert events("other") == 0
    metrics.forget([SHOP])


def test_what_was_journalled_is_timed_from_then_to_its_publication() -> None:
    count, total = "vendeai_receive_seconds_count", "vendeai_receive_seconds_sum"
    counted, seconds = value(count), value(total)
    late = replace(event(1), at=datetime.now(UTC) - timedelta(seconds=90))
    ahead = replace(event(2, "receipt"), at=datetime.now(UTC) + timedelta(seconds=90))
    metrics.published([(late, ahead, event(3, "status"))])
    assert value(count) - counted == 2
    assert value(total) - seconds == pytest.approx(90, abs=5)
    metrics.forget([SHOP])


def test_a_commit_is_timed_and_its_messages_are_counted(archiving: Archiving) -> None:
    names = [f"vendeai_commit_{each}" for each in ("seconds_count", "messages_sum")]
    before = [value(name) for name in names]
    archiving.record(SHOP, new("a", 1), new("b", 2))
    archiving.session.next(m.EventsRecorded)
    assert [value(name) - was for name, was in zip(names, before, strict=True)] == [1, 1]
    assert events("message") == 2


def test_a_repeated_event_is_counted_once(archiving: Archiving) -> None:
    for _ in range(2):
        archiving.record(SHOP, new("a", 1))
        archiving.session.next(m.EventsRecorded)
    assert events("message") == 1


def test_an_attempt_that_the_database_refuses_is_counted(archiving: Archiving) -> None:
    failures, commits = (
        value("vendeai_database_failures_total"),
        value("vendeai_commit_seconds_count"),
    )
    with archiving.site.gone():
        assert archiving.ask(m.DatabaseTrouble()) is not None
        assert value("vendeai_database_failures_total") > failures
        assert value("vendeai_commit_seconds_count") == commits


def test_the_actors_of_a_class_share_their_count_through_all_their_lives(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, SHOP, NUMBER)

    name, lag = "vendeai_actor_message_seconds_count", "vendeai_loop_lag_seconds_count"
    sessions, lags = value(name, **{"class": "SessionActor"}), value(lag)
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        play(tmp_path / place, story)
        now = value(name, **{"class": "SessionActor"})
        assert now > sessions
        sessions = now
    assert value(lag) > lags


def test_nothing_is_left_of_an_erased_empresa(tmp_path: Path) -> None:
    async def story(system: System, clients: FakeClients) -> None:
        await connected(system, clients, SHOP, NUMBER)
        clients.started(SHOP).report(text(1, "oi"))
        assert await asyncio.to_thread(clients.confirmed, SHOP)
        assert (events("message"), events("status") > 0) == (1, True)
        ear = await listening(system, SHOP)
        await system.erase(SHOP)
        await ear.until(lambda ear: ear.closed is not None)

    play(tmp_path, story)
    assert not [
        sample
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.labels.get("empresa") == str(SHOP)
    ]
