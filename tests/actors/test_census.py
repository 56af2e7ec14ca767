"""The census on single actors; with supervisors: `test_census_families.py`.

The whole tree over HTTP is in `tests/web/test_admin*.py`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actors import census as module
from actors import messages as m
from actors.actor import ExpectedEndError, Place, ThreadActor
from actors.census import census
from actors.dead_letters import tell
from actors.looks import ActorInfo, Waiting
from actors.reply import ask_blocking
from tests.actors.doubles import Monitor, Obedient
from tests.simulator.real.waiting import wait_until

NAME = "obedient of a test"


class Waiter(ThreadActor):
    """Waits for an event that it is sent; and, if it is given one, at its start or end."""

    def __init__(
        self,
        place: Place,
        at_start: threading.Event | None = None,
        at_end: threading.Event | None = None,
    ) -> None:
        super().__init__(place)
        self._at_start, self._at_end = at_start, at_end

    def started(self) -> None:
        if self._at_start is not None:
            self._at_start.wait(30)

    def receive(self, message: threading.Event) -> None:
        message.wait(30)

    def ended(self, _error: BaseException | None) -> None:
        if self._at_end is not None:
            self._at_end.wait(30)


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError


Start = Callable[..., Any]


@pytest.fixture(name="start")
def _start(monitor: Monitor) -> Iterator[Start]:
    started = []

    def start(kind: type[ThreadActor] = Obedient, *arguments: Any, name: str = NAME) -> Any:
        ref = kind.start(Place(name, monitor.actor_ref, 7), *arguments)
        started.append(ref)
        return ref

    yield start
    for ref in started:
        tell(ref, m.Stop())
        assert ref.actor_stopped.wait(10)


@pytest.fixture(name="release")
def _release(start: Start) -> Iterator[threading.Event]:
    del start
    event = threading.Event()
    yield event
    event.set()


def found(name: str = NAME) -> ActorInfo:
    (info,) = census.look({name})
    return info


def die(ref: Any, error: BaseException) -> None:
    tell(ref, error)
    assert ref.actor_stopped.wait(5)


def test_an_actor_that_runs_has_its_place_and_one_that_ended_in_order_has_none(
    start: Start, monitor: Monitor
) -> None:
    ref = start()
    assert ask_blocking(ref, 2) == 4
    info = found()
    assert (info.urn, info.class_name, info.name) == (ref.actor_urn, "Obedient", NAME)
    assert (info.parent, info.empresa_id) == (monitor.actor_urn, 7)
    assert (info.state, info.is_alive, info.is_responsive) == ("running", True, True)
    assert (info.handled, info.inbox, info.busy_with, info.waiting) == (1, 0, None, Waiting())
    assert (info.restarts, info.failures, info.last_failure) == (0, 0, None)
    assert census.find(ref.actor_urn) is not None
    tell(ref, m.Stop())
    monitor.wait()
    assert census.look({NAME}) == ()
    assert census.find(ref.actor_urn) is None


def test_one_that_died_stays_until_another_takes_its_place(start: Start, monitor: Monitor) -> None:
    first = start()
    ask_blocking(first, 2)
    die(first, ValueError("because of this\nand that"))
    monitor.wait()
    info = found()
    assert (info.state, info.urn, info.is_responsive) == ("restarting", first.actor_urn, True)
    assert (info.failures, info.restarts, info.handled, info.inbox) == (1, 0, 0, 0)
    assert info.last_failure is not None
    assert info.last_failure.error == "ValueError: because of this"
    assert "in receive\n    raise message" in info.last_failure.traceback
    second = start()
    again = found()
    assert (again.state, again.urn) == ("running", second.actor_urn)
    assert (again.failures, again.restarts, again.last_failure) == (1, 1, info.last_failure)
    die(second, ExpectedEndError("the worker"))
    monitor.wait(2)
    assert found().failures == 2
    assert str(found().last_failure).count("the worker") > 0


def test_an_error_that_cannot_say_what_it_is_has_its_notice_too(
    start: Start, monitor: Monitor
) -> None:
    die(start(), UnspeakableError())
    assert len(monitor.wait()) == 1
    failure = found().last_failure
    assert failure is not None
    assert failure.error.startswith("tests.actors.test_census.UnspeakableError")


def test_of_an_endless_traceback_the_end_is_kept(start: Start, monitor: Monitor) -> None:
    die(start(), ValueError("x" * 100_000 + "the end"))
    monitor.wait()
    failure = found().last_failure
    assert failure is not None
    assert len(failure.traceback) == module.TRACEBACK_CHARACTERS
    assert failure.traceback.endswith("the end\n")
    assert len(failure.error) == module.ERROR_CHARACTERS


def test_what_waits_behind_one_that_is_busy_is_counted_and_it_becomes_unresponsive(
    start: Start, release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = start(Waiter)
    tell(ref, release)
    wait_until(lambda: found().busy_with == "Event")
    assert found().is_responsive
    for _ in range(3):
        tell(ref, release)
    monkeypatch.setattr(module, "RESPONSE_SECONDS", 0.05)
    wait_until(lambda: not found().is_responsive)
    info = found()
    assert (info.inbox, info.is_alive) == (3, True)
    assert info.busy_for >= info.oldest > 0
    assert census.marks()[NAME] == (False, Waiting())
    release.set()
    wait_until(lambda: found().handled == 4)
    assert (found().inbox, found().oldest, found().is_responsive) == (0, 0.0, True)


@pytest.mark.parametrize("where", ["its start", "its end"])
def test_one_that_hangs_at_its_start_or_end_says_so(
    start: Start, release: threading.Event, where: str
) -> None:
    ref = start(Waiter, *((release, None) if where == "its start" else (None, release)))
    tell(ref, m.Stop())
    wait_until(lambda: found().busy_with == where)
    assert census.find(ref.actor_urn) is not None
    release.set()
    wait_until(lambda: not census.look({NAME}))


def test_who_watches_hears_the_name_of_each_place_that_changes_until_it_ends(
    start: Start, monitor: Monitor
) -> None:
    heard: list[str] = []
    end = census.watch(heard.append)
    ref = start()
    wait_until(lambda: heard == [NAME])
    die(ref, ValueError())
    monitor.wait()
    assert heard == [NAME, NAME]
    census.changed(NAME)
    assert heard == [NAME] * 3
    end()
    start()
    wait_until(lambda: found().is_alive)
    assert heard == [NAME] * 3


def test_a_life_begins_when_the_actor_does(start: Start) -> None:
    before = time.time()
    start()
    wait_until(lambda: bool(census.look({NAME})))
    assert before - 1 <= found().started_at.timestamp() <= time.time() + 1
