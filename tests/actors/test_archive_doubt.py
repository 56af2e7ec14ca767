"""A commit whose answer is lost, as the connection to a server broke in between."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect

from actors import messages as m
from tests.actors.archiving import Archiving, new


class Commits:
    """The next commits: each is carried out or not, and none is heard of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *are_carried_out: bool) -> None:
        self._outcomes = list(are_carried_out)
        commit: Any = DefaultDialect.do_commit
        self._commit = commit

        def do_commit(dialect: DefaultDialect, connection: Any) -> None:
            self._do_commit(dialect, connection)

        monkeypatch.setattr(DefaultDialect, "do_commit", do_commit)

    def _do_commit(self, dialect: Any, connection: Any) -> None:
        if not self._outcomes:
            self._commit(dialect, connection)
            return
        if self._outcomes.pop(0):
            self._commit(dialect, connection)
        else:
            connection.rollback()
        raise dialect.dbapi.OperationalError("the connection broke")


@pytest.fixture
def lost(archiving: Archiving, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Begin after the archive is there: `lost(True, False)`."""
    archiving.record(5, new("before"))
    assert archiving.ask(m.DatabaseTrouble()) is None
    archiving.subscribe(5)

    def begin(*are_carried_out: bool) -> None:
        Commits(monkeypatch, *are_carried_out)

    return begin


@pytest.mark.parametrize(
    "are_carried_out", [(True,), (False,), (True, True), (False, True), (True, False, True)]
)
def test_what_was_committed_is_told_once_and_what_was_not_is_written_once(
    archiving: Archiving, lost: Any, are_carried_out: tuple[bool, ...]
) -> None:
    lost(*are_carried_out)
    # An event without a key, which nothing but its number tells from another.
    archiving.record(5, new("a", 1), new())
    archiving.record(5, new("b", 2))
    confirmed = [archiving.session.next(m.EventsRecorded).entry_id for _ in range(2)]
    assert confirmed == [1, 2]
    assert archiving.stored(5) == [(1, "before"), (2, "a"), (3, None), (4, "b")]
    told: list[int] = []
    while len(told) < 3:
        told += [each.seq for each in archiving.broadcast.next(m.EventsPublished).events]
    assert told == [2, 3, 4]
    assert archiving.broadcast.nothing()
    assert archiving.session.nothing()
