"""Whoever waits for the next event of any empresa; on each engine."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from actors import messages as m
from actors.errors import DeadlineExceeded, Unavailable
from actors.reply import ask_blocking
from tests.actors.archiving import Archiving, new
from tests.actors.ear import DEADLINE


def waiting(archiving: Archiving, after: int) -> tuple[threading.Event, list[Any]]:
    """An asker's answer, or its refusal, once it is there."""
    reply = archiving.archive.ask(m.EventsStored(after), block=False)
    inner: Any = reply.get(timeout=DEADLINE)
    done, answers = threading.Event(), []

    def take() -> None:
        answers.append(inner.get(timeout=0))
        done.set()

    inner.when_done(take)
    return done, answers


def store(archiving: Archiving, empresa_id: int, entry_id: int) -> None:
    archiving.record(empresa_id, new(f"{empresa_id} {entry_id}", entry_id))
    archiving.session.next(m.EventsRecorded)


def test_who_waits_is_told_of_the_next_event_once_it_is_committed(archiving: Archiving) -> None:
    done, answers = waiting(archiving, 0)
    assert not done.is_set()
    store(archiving, 5, 1)
    assert done.wait(DEADLINE)
    assert answers == [None]
    store(archiving, 6, 1)
    done, _ = waiting(archiving, 2)
    assert not done.is_set()


def test_an_event_that_is_there_already_is_told_at_once(archiving: Archiving) -> None:
    store(archiving, 5, 1)
    assert archiving.ask(m.EventsStored(0)) is None
    archiving.restart()
    assert archiving.ask(m.EventsStored(0)) is None, "what an earlier archive has stored"
    with pytest.raises(DeadlineExceeded):
        archiving.ask(m.EventsStored(1), 0.1)


def test_what_is_no_event_wakes_nobody(archiving: Archiving) -> None:
    done, _ = waiting(archiving, 0)
    archiving.ask(m.SetWanted(5, wanted=True))
    assert not done.is_set()


def test_who_waits_is_refused_at_the_archives_end(archiving: Archiving) -> None:
    done, answers = waiting(archiving, 0)
    archiving.end()
    assert done.wait(DEADLINE)
    assert [type(answer.refusal) for answer in answers] == [Unavailable]


def test_without_a_database_it_is_refused_and_later_answered(archiving: Archiving) -> None:
    store(archiving, 5, 1)
    archiving.restart()
    with archiving.site.gone(), pytest.raises(Unavailable):
        ask_blocking(archiving.archive, m.EventsStored(0), DEADLINE)
    assert archiving.ask(m.EventsStored(0)) is None
