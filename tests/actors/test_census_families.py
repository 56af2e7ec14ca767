"""Supervisors and their children in the census."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pykka
import pytest

from actors import messages as m
from actors.actor import Place, ThreadActor
from actors.census import census
from actors.dead_letters import tell
from actors.looks import ActorInfo, Waiting
from tests.actors.doubles import Monitor, Obedient
from tests.simulator.real.waiting import wait_until

NAME = "obedient of a test"


class SlowlyEnding(ThreadActor):
    """Waits at its end for an event."""

    def __init__(self, place: Place, at_end: threading.Event) -> None:
        super().__init__(place)
        self._at_end = at_end

    def ended(self, _error: BaseException | None) -> None:
        self._at_end.wait(30)


class Supervisor(ThreadActor):
    def receive(self, _message: Any) -> None:
        return

    def waiting_children(self) -> dict[str, Waiting]:
        return {NAME: Waiting("disk", 7.0)}


def found() -> ActorInfo:
    (info,) = census.look({NAME})
    return info


def stop(*refs: Any) -> None:
    for ref in refs:
        tell(ref, m.Stop())
        assert ref.actor_stopped.wait(10)


@pytest.fixture(name="supervisor")
def _supervisor() -> Iterator[Any]:
    ref = Supervisor.start(Place("supervisor"))
    yield ref
    stop(ref)


def test_who_died_and_has_no_supervisor_left_is_forgotten_and_that_is_said() -> None:
    monitor = Monitor.start()
    ref = Obedient.start(Place(NAME, monitor, 7))
    tell(ref, ValueError())
    wait_until(lambda: not found().is_alive)
    heard: list[str] = []
    end = census.watch(heard.append)
    tell(monitor, m.Stop())
    wait_until(lambda: not census.look({NAME}))
    end()
    assert heard == ["monitor", NAME]


def test_a_new_supervisors_child_takes_the_place_of_one_that_still_ends(
    supervisor: Any, monitor: Monitor
) -> None:
    with ExitStack() as stack:
        release = threading.Event()
        old = SlowlyEnding.start(Place(NAME, monitor.actor_ref, 7), release)
        stack.callback(release.set)
        tell(old, m.Stop())
        new = Obedient.start(Place(NAME, supervisor, 7))
        stack.callback(stop, new)
        wait_until(lambda: found().urn == new.actor_urn)
        info = found()
        assert (info.parent, info.class_name) == (supervisor.actor_urn, "Obedient")
        assert (info.restarts, info.failures) == (0, 0)
        release.set()
        monitor.wait()
        assert found().urn == new.actor_urn


def test_a_supervisor_says_of_a_child_that_it_waits_and_for_what(supervisor: Any) -> None:
    child = Obedient.start(Place(NAME, supervisor, 7))
    wait_until(lambda: len(census.look({NAME, "supervisor"})) == 2)
    assert [info.name for info in census.look({NAME, "supervisor"})] == ["supervisor", NAME]
    assert found().waiting == Waiting("disk", 7.0)
    assert census.marks()[NAME] == (True, Waiting("disk", 7.0))
    stop(child)


def test_one_for_which_no_thread_is_left_is_there_with_that_as_its_failure(
    supervisor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_actor: object) -> None:
        raise RuntimeError("can't start new thread")

    wait_until(lambda: census.look({"supervisor"}))
    with monkeypatch.context() as full:
        full.setattr(pykka.ThreadingActor, "_start_actor_loop", refuse)
        Obedient.start(Place(NAME, supervisor, 7))
    info = found()
    assert (info.state, info.failures) == ("restarting", 1)
    assert info.last_failure is not None
    assert info.last_failure.error == "RuntimeError: can't start new thread"
