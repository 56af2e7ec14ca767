"""What the watchdog must not do: take who was stopped for hung, or harm more than who hangs."""

from __future__ import annotations

import io
import logging
import sys
import threading
import time
from types import CodeType
from typing import Any

import pytest

from actors.actor import Place, ThreadActor
from actors.dead_letters import tell
from actors.messages import Stop
from actors.watchdog import AbandonedError, ActorHungError, Watchdog, watchdog
from tests.actors.test_watchdog import Doing, look_later
from tests.simulator.real.waiting import wait_until

PLACE = Place("doing")


class Patient:
    """Has half a minute for a message."""

    hang_seconds = 30.0

    def __init__(self) -> None:
        self.given_up: list[ActorHungError] = []

    def give_up(self, error: ActorHungError) -> None:
        self.given_up.append(error)


def test_after_a_time_in_which_the_server_was_stopped_nobody_is_taken_for_hung() -> None:
    one, actor = Watchdog(), Patient()
    now = time.monotonic()
    with one.working(actor, "work"):
        one.look_again(now + 1)
        one.look_again(now + 61)
        one.look_again(now + 62)
    assert not actor.given_up


def test_who_hangs_after_that_time_too_is_given_up() -> None:
    one, now = Watchdog(), time.monotonic()

    def work() -> None:
        with one.working(Patient(), "work"):
            for second in (1, *range(61, 93)):
                one.look_again(now + second)

    with pytest.raises(AbandonedError):
        work()


def test_one_that_is_started_again_leaves_no_second_thread() -> None:
    one = Watchdog()
    before = threading.active_count()
    one.start(lambda: None)
    one.start(lambda: None)
    assert threading.active_count() == before + 1
    one.stop()
    assert threading.active_count() == before


def test_who_waits_for_the_lock_of_the_log_does_not_keep_it_for_good() -> None:
    handler = logging.StreamHandler(io.StringIO())
    record = logging.makeLogRecord({"msg": "hello"})
    ref = Doing.start(PLACE)
    handler.acquire()
    tell(ref, lambda: handler.handle(record))
    wait_until(lambda: logging.Handler.acquire.__code__ in running())
    look_later()
    assert watchdog.abandoned()
    handler.release()
    wait_until(lambda: not watchdog.abandoned())
    assert handler.lock is not None
    assert handler.lock.acquire(timeout=5)
    handler.lock.release()


def running() -> set[CodeType]:
    """What each thread is in the middle of."""
    return {frame.f_code for frame in sys._current_frames().values()}


def test_who_is_given_up_handles_no_further_message_and_its_thread_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where its thread comes back before the watchdog has told it that it is over."""
    release, is_back = threading.Event(), threading.Event()
    handled: list[str] = []
    inner = ThreadActor.give_up

    def give_up(actor: ThreadActor, error: ActorHungError) -> None:
        release.set()
        assert is_back.wait(10)
        inner(actor, error)

    def came_back(_actor: Doing) -> None:
        is_back.set()

    monkeypatch.setattr(ThreadActor, "give_up", give_up)
    monkeypatch.setattr(Doing, "came_back", came_back)
    ref: Any = Doing.start(PLACE)
    asked, begun = [], threading.Event()

    def wait() -> None:
        begun.set()
        release.wait(30)

    asked.append(ref.ask(wait, block=False))
    asked.append(ref.ask(lambda: handled.append("too late"), block=False))
    assert begun.wait(5)
    look_later()
    for reply in asked:
        with pytest.raises(Exception, match=r"given up|stopped before"):
            reply.get(timeout=5)
    wait_until(lambda: not watchdog.abandoned())
    assert handled == []
    tell(ref, Stop())
