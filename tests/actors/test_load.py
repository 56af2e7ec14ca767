from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from actors import load as module
from actors import messages as m
from actors.actor import Place
from actors.census import census
from actors.dead_letters import tell
from actors.errors import EmpresaNotFound
from actors.inbox import ThreadInbox
from actors.load import RATE_SECONDS, WINDOW_SECONDS, Load
from actors.reply import ask_blocking
from tests.actors.doubles import Obedient


class Clock:
    """In place of the `time` module."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def handle(load: Load, clock: Clock, *seconds: float) -> None:
    for each in seconds:
        load.begins("Work")
        clock.now += each
        load.ends()


def test_the_oldest_message_that_waits_is_the_one_that_came_first(clock: Clock) -> None:
    load = Load()
    assert (load.waiting(), load.oldest(clock.now)) == (0, 0.0)
    load.arrived()
    clock.now += 3
    load.arrived()
    clock.now += 1
    assert (load.waiting(), load.oldest(clock.now)) == (2, 4.0)
    assert load.taken() == 4.0
    assert (load.waiting(), load.oldest(clock.now)) == (1, 1.0)


def test_what_is_in_hand_is_named_with_the_time_that_it_has_taken(clock: Clock) -> None:
    load = Load()
    assert (load.busy_with, load.busy_for(clock.now)) == (None, 0.0)
    load.begins("Connect")
    clock.now += 2
    assert (load.busy_with, load.busy_for(clock.now)) == ("Connect", 2.0)
    assert load.ends() == 2.0
    assert (load.busy_with, load.busy_for(clock.now), load.handled) == (None, 0.0, 1)


def test_a_start_is_something_in_hand_and_no_message(clock: Clock) -> None:
    load = Load()
    load.begins("its start")
    clock.now += 5
    assert load.busy_for(clock.now) == 5.0
    load.rests()
    assert (load.busy_with, load.handled) == (None, 0)
    assert load.quantiles(clock.now, 0.5) == (None,)


def test_who_looked_at_the_clock_before_a_message_came_sees_no_negative_time(clock: Clock) -> None:
    load, before = Load(), clock.now
    clock.now += 1
    load.arrived()
    load.begins("Late")
    assert (load.oldest(before), load.busy_for(before)) == (0.0, 0.0)


def test_messages_a_second_are_those_of_the_last_ten_whole_seconds(clock: Clock) -> None:
    load = Load()
    handle(load, clock, *[0.0] * 50)
    assert load.per_second(clock.now) == 0.0, "this second is not over"
    clock.now += 1
    assert load.per_second(clock.now) == 50 / RATE_SECONDS
    handle(load, clock, *[0.0] * 30)
    clock.now += 1
    assert load.per_second(clock.now) == 80 / RATE_SECONDS
    clock.now += RATE_SECONDS - 1
    assert load.per_second(clock.now) == 30 / RATE_SECONDS
    clock.now += 1
    assert load.per_second(clock.now) == 0.0
    clock.now += 100
    assert load.per_second(clock.now) == 0.0


@pytest.mark.parametrize("seconds", [1e-6, 0.0004, 0.003, 0.2, 7.0])
def test_a_time_is_known_to_about_a_tenth(clock: Clock, seconds: float) -> None:
    load = Load()
    handle(load, clock, seconds)
    assert load.quantiles(clock.now, 0.5)[0] == pytest.approx(seconds, rel=0.1)


def test_quantiles_tell_the_many_from_the_few(clock: Clock) -> None:
    load = Load()
    handle(load, clock, *[0.001] * 98, 1.0, 1.0)
    half, most = load.quantiles(clock.now, 0.5, 0.99)
    assert half == pytest.approx(0.001, rel=0.1)
    assert most == pytest.approx(1.0, rel=0.1)


def test_quantiles_are_of_the_last_minute_or_two(clock: Clock) -> None:
    load = Load()
    handle(load, clock, 0.1)
    clock.now += WINDOW_SECONDS
    handle(load, clock, 0.001)
    assert load.quantiles(clock.now, 1.0)[0] == pytest.approx(0.1, rel=0.1), "the window before"
    clock.now += WINDOW_SECONDS
    handle(load, clock, 0.001)
    assert load.quantiles(clock.now, 1.0)[0] == pytest.approx(0.001, rel=0.1)
    clock.now += 2 * WINDOW_SECONDS
    assert load.quantiles(clock.now, 0.5, 0.99) == (None, None)
    handle(load, clock, 0.01)
    assert load.quantiles(clock.now, 0.01)[0] == pytest.approx(0.01, rel=0.1), "nothing older"


@pytest.fixture
def _often_interrupted() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("_often_interrupted")
def test_it_can_be_read_at_any_moment_of_the_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each message takes another time than any before, so that what is counted always grows."""
    steps, load = count(), Load()
    monkeypatch.setattr(module, "_step", lambda _: next(steps))

    def work() -> None:
        for _ in range(5000):
            load.arrived()
            load.taken()
            load.begins("Work")
            load.ends()

    writer = threading.Thread(target=work)
    writer.start()
    while writer.is_alive():
        now = time.monotonic()
        load.quantiles(now, 0.0)
        assert load.per_second(now) >= 0
        assert load.oldest(now) >= 0
    writer.join(10)
    assert load.handled == 5000


def test_an_inbox_of_a_thread_counts_what_waits() -> None:
    inbox, envelope = ThreadInbox(), Any
    assert inbox.empty()
    inbox.put(envelope)  # type: ignore[arg-type]
    assert (inbox.empty(), inbox.load.waiting()) == (False, 1)
    inbox.get()
    assert (inbox.empty(), inbox.load.waiting()) == (True, 0)


def test_every_message_that_an_actor_handles_is_counted_a_refused_one_too() -> None:
    ref = Obedient.start(Place("obedient"))
    try:
        assert ask_blocking(ref, 2) == 4
        with pytest.raises(EmpresaNotFound):
            ask_blocking(ref, "refuse")
        actor = census.find(ref.actor_urn)
        assert actor is not None
        assert actor.load.handled == 2
    finally:
        tell(ref, m.Stop())
    assert ref.actor_stopped.wait(5)
