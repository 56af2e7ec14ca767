"""A Pykka future that can wake somebody, and the two ways of waiting for an answer."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pykka

from actors.errors import DeadlineExceeded, Refusal, Unavailable

if TYPE_CHECKING:
    from pykka import ActorRef
    from pykka._types import OptExcInfo

#: Seconds that an answer may take where the asker names no deadline.
ASK_SECONDS = 5.0


class Refused:
    """A refusal on its way to the asker: a value, since an exception would end the actor."""

    __slots__ = ("refusal",)

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


class Reply(pykka.ThreadingFuture[Any]):
    """A future with done callbacks, as a stock one can only be waited for by blocking."""

    def __init__(self) -> None:
        super().__init__()
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._done = False

    def set(self, value: Any | None = None) -> None:
        """As Pykka's; then every callback runs, on this thread."""
        super().set(value)
        self._settled()

    def set_exception(self, exc_info: OptExcInfo | None = None) -> None:
        """As Pykka's; then every callback runs, on this thread."""
        super().set_exception(exc_info)
        self._settled()

    def settle(self, value: object = None) -> None:
        """Give the answer, unless it is given already."""
        with contextlib.suppress(queue.Full):
            self.set(value)

    def when_done(self, callback: Callable[[], None]) -> None:
        """Call back once, now if it is done. The callback must never raise or block."""
        with self._lock:
            if not self._done:
                self._callbacks.append(callback)
                return
        callback()

    def _settled(self) -> None:
        with self._lock:
            self._done = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()


async def ask(ref: ActorRef[Any], message: object, seconds: float = ASK_SECONDS) -> Any:
    """Await an answer on the event loop, without blocking it.

    Raises the actor's `Refusal`, `Unavailable` where it is dead or dies over the message, and
    `DeadlineExceeded` after `seconds`.
    """
    return await answer_of(ref.ask(message, block=False), seconds)


async def answer_of(reply: Any, seconds: float = ASK_SECONDS) -> Any:
    """As `ask`, of a question that is asked already."""
    try:
        async with asyncio.timeout(seconds):
            while isinstance(reply, pykka.Future):
                await _done(reply)
                reply = _result(reply)
    except TimeoutError:
        raise DeadlineExceeded from None
    return _granted(reply)


def ask_blocking(ref: ActorRef[Any], message: object, seconds: float = ASK_SECONDS) -> Any:
    """As `ask`, for a thread that may wait. Never on the event loop."""
    reply: Any = ref.ask(message, block=False)
    while isinstance(reply, pykka.Future):
        done = threading.Event()
        _on_done(reply, done.set)
        if not done.wait(seconds):
            raise DeadlineExceeded
        reply = _result(reply)
    return _granted(reply)


def answering(reply: pykka.Future[Any], answer: object) -> Reply:
    """A reply that gives `answer` once `reply` is settled well, and its failure otherwise."""
    outer = Reply()

    def settle() -> None:
        try:
            inner = reply.get(timeout=0)
        except BaseException as error:  # noqa: BLE001 - it is the asker's to see
            outer.set_exception((type(error), error, error.__traceback__))
        else:
            if isinstance(inner, Refused):
                outer.set(inner)
            elif isinstance(inner, pykka.Future):
                outer.set(answering(inner, answer))
            else:
                outer.set(answer)

    _on_done(reply, settle)
    return outer


def when_settled(reply: pykka.Future[Any], callback: Callable[[bool], None]) -> None:
    """Call back once the answer is there, with whether it is one: no refusal, and no failure.

    An answer that is itself a reply is waited for in turn. As with `Reply.when_done` the callback
    must never raise or block.
    """

    def settle() -> None:
        try:
            answer = reply.get(timeout=0)
        except BaseException:  # noqa: BLE001 - whoever died over it has said so
            callback(False)
        else:
            if isinstance(answer, pykka.Future):
                when_settled(answer, callback)
            else:
                callback(not isinstance(answer, Refused))

    _on_done(reply, settle)


def call_on(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> bool:
    """Call back in the loop's next turn; from any thread. False where the loop has closed.

    On the loop's own thread this spares what waking it costs: two system calls, and a turn.
    """
    try:
        is_here = asyncio.get_running_loop() is loop
    except RuntimeError:
        is_here = False
    try:
        (loop.call_soon if is_here else loop.call_soon_threadsafe)(callback)
    except RuntimeError:
        return False
    return True


async def _done(reply: pykka.Future[Any]) -> None:
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def settle() -> None:
        if not woken.done():
            woken.set_result(None)

    def wake() -> None:
        # Where the loop has closed, whoever awaited is gone with it.
        call_on(loop, settle)

    _on_done(reply, wake)
    await woken


def _on_done(reply: pykka.Future[Any], callback: Callable[[], None]) -> None:
    if not isinstance(reply, Reply):
        raise TypeError("only an actor of ours can be asked: its reply can wake the asker")
    reply.when_done(callback)


def _result(reply: pykka.Future[Any]) -> Any:
    try:
        return reply.get(timeout=0)
    except Refusal:
        raise
    except Exception as error:
        raise Unavailable from error


def _granted(answer: Any) -> Any:
    if isinstance(answer, Refused):
        raise answer.refusal
    return answer
