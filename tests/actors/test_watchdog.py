"""An actor that hangs is given up and replaced; its thread is counted, and does nothing more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from actors import messages as m
from actors import watchdog as module
from actors.actor import Place, ThreadActor
from actors.dead_letters import tell
from actors.errors import Unavailable
from actors.reply import ask_blocking
from actors.watchdog import ActorHungError, Watchdog, watchdog
from tests.actors.doubles import Monitor, Obedient
from tests.simulator.real.waiting import wait_until

LATER = 1000.0


class Doing(ThreadActor):
    """Calls what it is sent."""

    def receive(self, message: Callable[[], Any]) -> Any:
        return message()


class HangingAtStart(ThreadActor):
    """Waits at its start for what every test sets at its end."""

    go_on = threading.Event()

    def started(self) -> None:
        self.go_on.wait(30)


class HangingAtEnd(HangingAtStart):
    """The same at its end."""

    def started(self) -> None:
        return

    def ended(self, _error: BaseException | None) -> None:
        self.go_on.wait(30)


@pytest.fixture(name="release")
def _release() -> Iterator[threading.Event]:
    event = HangingAtStart.go_on
    event.clear()
    yield event
    event.set()
    wait_until(lambda: not watchdog.abandoned())


def place(monitor: Monitor) -> Place:
    return Place("doing", monitor.actor_ref, 7)


def hang(ref: Any, release: threading.Event, then: Callable[[], Any] = lambda: None) -> None:
    """Have it begin to wait for an event, and do something after it."""
    begun = threading.Event()

    def wait() -> None:
        begun.set()
        release.wait(30)
        then()

    ref.tell(wait)
    assert begun.wait(5)


def look_later() -> None:
    watchdog.look(time.monotonic() + LATER)


def test_an_actor_that_hangs_is_given_up_with_one_notice_that_says_where(
    monitor: Monitor, release: threading.Event
) -> None:
    ref = Doing.start(place(monitor))
    hang(ref, release)
    watchdog.look(time.monotonic())
    assert not monitor.deaths
    look_later()
    look_later()
    (death,) = monitor.wait()
    assert (death.urn, death.empresa_id) == (ref.actor_urn, 7)
    assert isinstance(death.error, ActorHungError)
    assert "release.wait(30)" in str(death.error)
    assert not ref.is_alive()


def test_who_waits_for_it_is_answered_and_who_asks_later_as_well(
    monitor: Monitor, release: threading.Event
) -> None:
    ref = Doing.start(place(monitor))
    hang(ref, release)
    waiting = ref.ask(lambda: 1, block=False)
    look_later()
    with pytest.raises(Exception, match="stopped before"):
        waiting.get(timeout=5)
    with pytest.raises(Unavailable):
        ask_blocking(ref, lambda: 2)


def test_its_thread_is_counted_until_it_ends_and_then_does_nothing_more(
    monitor: Monitor, release: threading.Event
) -> None:
    done: list[str] = []
    ref = Doing.start(place(monitor))
    hang(ref, release, lambda: done.append("too late"))
    look_later()
    (lost,) = watchdog.abandoned()
    assert (lost.what, lost.thread.is_alive()) == ("function", True)
    release.set()
    wait_until(lambda: not watchdog.abandoned())
    assert done == []
    assert len(monitor.deaths) == 1


def test_a_thread_that_spins_ends_when_it_is_given_up(monitor: Monitor) -> None:
    begun = threading.Event()

    def spin() -> None:
        begun.set()
        while True:
            pass

    ref = Doing.start(place(monitor))
    ref.tell(spin)
    assert begun.wait(5)
    look_later()
    monitor.wait()
    wait_until(lambda: not watchdog.abandoned())


@pytest.mark.parametrize("hanging", [HangingAtStart, HangingAtEnd])
def test_who_hangs_at_its_start_or_end_is_given_up_too(
    monitor: Monitor, release: threading.Event, hanging: type[ThreadActor]
) -> None:
    assert not release.is_set()
    ref = hanging.start(place(monitor))
    ref.tell(m.Stop())
    wait_until(lambda: look_later() or bool(watchdog.abandoned()))  # type: ignore[func-returns-value]
    assert [type(death.error) for death in monitor.wait()] == [ActorHungError]
    assert not ref.is_alive()


def test_who_is_given_up_at_the_moment_of_its_answer_dies_once_and_takes_nobody_along(
    monitor: Monitor,
) -> None:
    bystander = Obedient.start(Place("bystander"))
    refs = [Doing.start(place(monitor)) for _ in range(20)]
    for _ in range(200):
        for ref in refs:
            tell(ref, lambda: None)
        look_later()
    for ref in refs:
        tell(ref, m.Stop())
    deaths = monitor.wait(len(refs))
    assert sorted(death.urn for death in deaths) == sorted(ref.actor_urn for ref in refs)
    assert ask_blocking(bystander, 2) == 4
    tell(bystander, m.Stop())
    assert bystander.actor_stopped.wait(5)
    wait_until(lambda: not watchdog.abandoned())
    assert len(monitor.deaths) == len(refs)


def test_beyond_so_many_lost_threads_the_server_is_told_that_it_is_worn_out(
    monitor: Monitor, release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ABANDONED", 1)
    monkeypatch.setattr(Doing, "hang_seconds", 0.0)
    worn_out = threading.Event()
    refs = [Doing.start(place(monitor)) for _ in range(2)]
    watchdog.start(worn_out.set)
    try:
        hang(refs[0], release)
        monitor.wait(1)
        assert not worn_out.is_set()
        hang(refs[1], release)
        assert worn_out.wait(10)
    finally:
        watchdog.stop()


def test_what_was_given_up_cannot_be_ended_in_order() -> None:
    one = Watchdog()

    class Patient:
        hang_seconds = 0.0

        def give_up(self, error: ActorHungError) -> None:
            del error

    def work() -> None:
        with one.working(Patient(), "work"):
            one.look(time.monotonic() + 1)

    with pytest.raises(module.AbandonedError):
        work()
