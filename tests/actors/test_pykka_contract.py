"""The facts of Pykka that `actors/actor.py`, `loop_actor.py` and `reply.py` lean on."""

from __future__ import annotations

import importlib.metadata
import queue
import threading
from typing import Any

import pykka
import pytest

from tests.actors.doubles import EXPECTED_PYKKA


class Plain(pykka.ThreadingActor):
    """A stock actor that does as it is told."""

    use_daemon_thread = True

    def __init__(self, at_start: BaseException | None = None) -> None:
        super().__init__()
        self.at_start = at_start
        self.hooks: list[str] = []
        self.over = threading.Event()

    def on_start(self) -> None:
        if self.at_start is not None:
            raise self.at_start

    def on_failure(self, *_: object) -> None:
        self.hooks.append("on_failure")
        self.over.set()

    def on_stop(self) -> None:
        self.hooks.append("on_stop")
        self.over.set()

    def on_receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        return self


def test_the_version_is_the_one_that_was_read() -> None:
    assert importlib.metadata.version("pykka") == EXPECTED_PYKKA


def test_an_exception_in_a_tell_ends_the_actor_and_calls_on_failure() -> None:
    ref = Plain.start()
    actor = ref.ask("self", block=True)
    ref.tell(ValueError("x"))
    assert actor.over.wait(5)
    assert actor.hooks == ["on_failure"]
    assert not ref.is_alive()


def test_an_exception_in_an_ask_goes_to_the_asker_and_leaves_the_actor_alive() -> None:
    ref = Plain.start()
    with pytest.raises(ValueError, match="x"):
        ref.ask(ValueError("x"))
    assert ref.is_alive()
    ref.stop()


def test_an_exception_in_on_start_ends_the_actor_without_on_failure() -> None:
    ref = Plain.start(ValueError("x"))
    assert ref.actor_stopped.wait(5)
    actor = ref._actor_weakref()
    assert actor is None or actor.hooks == []


def test_a_base_exception_in_a_message_stops_every_actor() -> None:
    victim, bystander = Plain.start(), Plain.start()
    victim.tell(SystemExit())
    assert bystander.actor_stopped.wait(5)


def test_a_tell_to_a_dead_actor_raises_and_an_ask_says_so_in_its_future() -> None:
    ref = Plain.start()
    ref.stop()
    with pytest.raises(pykka.ActorDeadError):
        ref.tell("x")
    with pytest.raises(pykka.ActorDeadError):
        ref.ask("x", block=False).get(timeout=1)


def test_a_future_that_is_set_twice_raises() -> None:
    future: pykka.ThreadingFuture[int] = pykka.ThreadingFuture()
    future.set(1)
    with pytest.raises(queue.Full):
        future.set(2)


def test_awaiting_a_stock_future_blocks_the_thread() -> None:
    future: pykka.ThreadingFuture[int] = pykka.ThreadingFuture()
    waiting = future.__await__()
    next(waiting)
    timer = threading.Timer(0.05, future.set, [7])
    timer.start()
    with pytest.raises(StopIteration) as stop:
        next(waiting)
    assert stop.value.value == 7
    timer.join()


def test_the_internals_that_a_loop_actor_replaces_are_there() -> None:
    for name in (
        "_create_actor_inbox",
        "_create_future",
        "_start_actor_loop",
        "_actor_loop_setup",
        "_actor_loop_teardown",
        "_handle_receive",
    ):
        assert callable(getattr(pykka.Actor, name))
