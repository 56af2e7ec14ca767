"""Actors that do as a test tells them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from actors import messages as m
from actors.actor import Place, Supervised, ThreadActor
from actors.errors import EmpresaNotFound
from actors.loop_actor import LoopActor

EXPECTED_PYKKA = "4.5.0"


class Monitor(ThreadActor):
    """Keeps the death notices that it gets."""

    def __init__(self) -> None:
        super().__init__(Place("monitor"))
        self.deaths: list[m.ActorEnded] = []
        self.heard = threading.Condition()

    def receive(self, message: Any) -> Any:
        if message == "self":
            return self
        with self.heard:
            self.deaths.append(message)
            self.heard.notify_all()
        return None

    def wait(self, count: int = 1) -> list[m.ActorEnded]:
        with self.heard:
            assert self.heard.wait_for(lambda: len(self.deaths) >= count, 5)
            return list(self.deaths)


class _Obedient(Supervised):
    """Raises what it is sent; answers everything else with itself doubled."""

    at_start: BaseException | None = None
    at_end: BaseException | None = None

    def started(self) -> None:
        if self.at_start is not None:
            raise self.at_start

    def receive(self, message: Any) -> Any:
        if isinstance(message, BaseException):
            raise message
        if message == "refuse":
            raise EmpresaNotFound
        return message * 2

    def ended(self, _error: BaseException | None) -> None:
        if self.at_end is not None:
            raise self.at_end


class Obedient(_Obedient, ThreadActor):
    """On a thread."""


class ObedientOnLoop(_Obedient, LoopActor):
    """On the event loop."""


class Trap:
    """Around a function: its first call hangs, until the test is over."""

    def __init__(self, inner: Callable[..., Any]) -> None:
        self._inner = inner
        self._first = threading.Lock()
        self.caught = threading.Event()
        self.release = threading.Event()

    def __get__(self, instance: Any, _owner: type) -> Callable[..., Any]:
        return lambda *arguments: self(instance, *arguments)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self._first.acquire(blocking=False):
            self.caught.set()
            self.release.wait(60)
        return self._inner(*arguments, **named)
