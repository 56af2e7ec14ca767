"""An archive and a reader on a PostgreSQL that hangs, or dies in the middle of its work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect

from actors import messages as m
from actors.actor import Place
from actors.errors import Unavailable
from actors.reader import ReaderActor
from actors.reply import ask_blocking
from persistence import postgresql_connection
from tests.actors.archiving import Archiving, new
from tests.actors.ear import Heard
from tests.databases import PostgresTestDatabase
from tests.postgresql_server import PostgresServer


@pytest.fixture
def server(postgresql_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> PostgresServer:
    monkeypatch.setattr(postgresql_connection, "ANSWER_SECONDS", 1.0)
    return postgresql_server


@pytest.fixture
def archiving(server: PostgresServer) -> Iterator[Archiving]:
    made = Archiving(PostgresTestDatabase(server))
    made.record(5, new("before", 1))
    made.session.next(m.EventsRecorded)
    made.subscribe(5)
    yield made
    made.close()


def test_nothing_is_told_while_it_hangs_and_all_is_caught_up_with_after_it(
    archiving: Archiving, server: PostgresServer
) -> None:
    with server.hanging():
        archiving.record(5, new("a", 2), new("b", 3))
        assert "não responde" in archiving.ask(m.DatabaseTrouble())
        assert archiving.broadcast.nothing()
        assert archiving.session.nothing()
    assert archiving.session.next(m.EventsRecorded).entry_id == 3
    assert [each.seq for each in archiving.broadcast.next(m.EventsPublished).events] == [2, 3]
    assert archiving.stored(5) == [(1, "before"), (2, "a"), (3, "b")]


def test_a_reader_refuses_within_the_time_that_an_asker_has(
    archiving: Archiving, server: PostgresServer
) -> None:
    monitor = Heard()
    reader: Any = ReaderActor.start(Place("reader", monitor.ref), archiving.database)
    ask_blocking(reader, m.LedgerHeadOf(5))
    with server.hanging():
        for _ in range(2):
            with pytest.raises(Unavailable):
                ask_blocking(reader, m.LedgerHeadOf(5), 5.0)
    reader.tell(m.Stop())
    assert monitor.next(m.ActorEnded).error is None
    monitor.ref.tell(m.Stop())
    assert monitor.ref.actor_stopped.wait(10)


@pytest.mark.parametrize("how", ["hangs", "dies"])
@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_commit_whose_outcome_is_unknown_doubles_nothing(
    archiving: Archiving,
    server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    is_carried_out: bool,
) -> None:
    commit: Any = DefaultDialect.do_commit
    harm = ExitStack()

    def do_commit(_: DefaultDialect, connection: Any) -> None:
        monkeypatch.setattr(DefaultDialect, "do_commit", commit)
        if is_carried_out:
            connection.execute("COMMIT")
        if how == "dies":
            server.kill()
            harm.callback(server.start)
        else:
            harm.enter_context(server.hanging())
        # Stopped before it could read it, or after it had done it: no answer to this comes.
        connection.execute("COMMIT")

    monkeypatch.setattr(DefaultDialect, "do_commit", do_commit)
    with harm:
        # Without a key too: nothing but its number tells it from another.
        archiving.record(5, new("a", 2), new())
        assert "não responde" in archiving.ask(m.DatabaseTrouble())
        assert archiving.broadcast.nothing()
    archiving.record(5, new("a", 2), new("b", 3))  # as its journal has it again
    confirmed = [archiving.session.next(m.EventsRecorded).entry_id for _ in range(2)]
    assert confirmed == [2, 3]
    assert archiving.stored(5) == [(1, "before"), (2, "a"), (3, None), (4, "b")]
    told: list[int] = []
    while len(told) < 3:
        told += [each.seq for each in archiving.broadcast.next(m.EventsPublished).events]
    assert told == [2, 3, 4]
