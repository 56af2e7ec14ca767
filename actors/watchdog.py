"""Notices actors that hang: a thread that is busy with one message for longer than it may be.

Nothing can end a thread. So its actor is given up: its supervisor hears of a death as of any
other and starts another, and the thread is counted until it ends by itself, if it ever does.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Protocol, Self

logger = logging.getLogger("vendeai.actors")

#: Seconds between two looks at who is busy.
LOOK_SECONDS = 1.0
#: Seconds between two looks that say that this process was itself stopped meanwhile, or its
#: machine: that nobody got on is then no sign that anybody hangs.
STOPPED_SECONDS = 5.0
#: Abandoned threads beyond which the server should begin anew: each keeps its stack, and whatever
#: lock it was in.
MOST_ABANDONED = 32


#: Where a thread waits for a lock that whoever logs or sends a message needs. An exception raised
#: there comes between the taking of the lock and the block that would release it.
_TAKES_A_LOCK = frozenset(
    each.__code__ for each in (logging.Handler.acquire, threading.Condition.__enter__)
)


class ActorHungError(Exception):
    """Why an actor was given up."""


class AbandonedError(BaseException):
    """Raised in the thread of an actor that was given up, as soon as it runs on.

    So that it does nothing more: another does it already. At the end of its message at the latest.
    """


class Busy(Protocol):
    """What a watched actor is."""

    hang_seconds: float

    def give_up(self, error: ActorHungError) -> None:
        """End it from outside. On the watchdog's thread."""


@dataclass(frozen=True, slots=True)
class Task:
    """One message, and the thread that is busy with it."""

    actor: Busy
    what: str
    """The message's class, or the hook's name."""
    thread: threading.Thread
    begun: float
    """On the monotonic clock."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A thread whose actor was given up."""

    name: str
    what: str
    thread: threading.Thread
    since: float
    """On the monotonic clock: when it began what it hangs in."""


class Watchdog:
    """One per process. `working` is used by every actor's thread, `look` by the watchdog's."""

    def __init__(self) -> None:
        self._tasks: dict[int, Task] = {}
        self._lock = threading.Lock()
        self._abandoned: list[Abandoned] = []
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._worn_out: Callable[[], None] = lambda: None
        self._looked_at = self._resumed_at = float("-inf")

    def start(self, worn_out: Callable[[], None]) -> None:
        """Look on a thread of its own; tells `worn_out` there when too many are abandoned."""
        self.stop()
        self._worn_out = worn_out
        self._looked_at = time.monotonic()
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; harmless twice."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def working(self, actor: Busy, what: str) -> Working:
        """The context of one message. Raises `AbandonedError` where its actor was given up."""
        return Working(self, Task(actor, what, threading.current_thread(), time.monotonic()))

    def abandoned(self) -> tuple[Abandoned, ...]:
        """The threads that still hang."""
        with self._lock:
            self._abandoned = [lost for lost in self._abandoned if lost.thread.is_alive()]
            return tuple(self._abandoned)

    def look(self, now: float) -> None:
        """Give up whoever is busy for too long."""
        for task in list(self._tasks.values()):
            if now - max(task.begun, self._resumed_at) > task.actor.hang_seconds:
                self._give_up(task, now)
        if len(self.abandoned()) > MOST_ABANDONED:
            self._worn_out()

    def give_up(self, actor: Busy) -> bool:
        """Give it up now, however long it has been busy; False where it is not. From any thread."""
        for task in list(self._tasks.values()):
            if task.actor is actor:
                self._give_up(task, time.monotonic())
                return True
        return False

    def look_again(self, now: float) -> None:
        """As `look`, by who does so all the time: time in which it could not does not count."""
        if now - self._looked_at > STOPPED_SECONDS:
            self._resumed_at = now
        self._looked_at = now
        self.look(now)

    def enter(self, task: Task) -> None:
        """A message begins."""
        self._tasks[id(task)] = task

    def leave(self, task: Task) -> None:
        """It has ended; raises `AbandonedError` if it was too late."""
        with self._lock:
            if self._tasks.pop(id(task), None) is not None:
                return
        # Should it not have been raised yet: never outside of the message.
        _raise_in(task.thread, None)
        raise AbandonedError

    def _give_up(self, task: Task, now: float) -> None:
        seconds, frame = now - task.begun, _frame(task.thread)
        where = "".join(traceback.format_stack(frame)) if frame is not None else ""
        with self._lock:
            if self._tasks.pop(id(task), None) is None:
                return  # it has just ended
            self._abandoned.append(Abandoned(task.thread.name, task.what, task.thread, task.begun))
            # Under the lock: in `leave` the thread waits for it, and so it is raised there.
            if frame is None or frame.f_code not in _TAKES_A_LOCK:
                _raise_in(task.thread, AbandonedError)
        task.actor.give_up(ActorHungError(f"busy with {task.what} for {seconds:.0f} s\n{where}"))

    def _run(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            try:
                self.look_again(time.monotonic())
            except Exception:
                logger.exception("the watchdog failed at a look")


class Working:
    """`with watchdog.working(…):` around the handling of a message."""

    __slots__ = ("_task", "_watchdog")

    def __init__(self, watchdog: Watchdog, task: Task) -> None:
        self._watchdog = watchdog
        self._task = task

    def __enter__(self) -> Self:
        self._watchdog.enter(self._task)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._watchdog.leave(self._task)


def _raise_in(thread: threading.Thread, error: type[BaseException] | None) -> None:
    """As soon as the thread runs Python code again; None: no more, where it has not been yet."""
    ident = ctypes.c_ulong(thread.ident or 0)
    raised = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, raised)


def _frame(thread: threading.Thread) -> FrameType | None:
    return sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - it is documented


watchdog = Watchdog()
