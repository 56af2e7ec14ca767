"""An actor without a thread: its inbox schedules its own drain on the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from actors import metrics
from actors.actor import Place, Supervised
from actors.load import Load
from actors.reply import call_on

if TYPE_CHECKING:
    from pykka import ActorRef
    from pykka._envelope import Envelope

#: Messages handled in one turn of the loop before others get theirs.
TURN = 100


class LoopInbox:
    """Pykka's inbox over a deque. `put` may be called from any thread, the rest on the loop."""

    def __init__(self) -> None:
        self.load = Load()
        self.shown: Any = None
        """What its actor shows to whoever is on the loop (`shown_by`)."""
        self._envelopes: deque[Envelope[Any]] = deque()
        self._wake: Callable[[], None] = lambda: None

    def bind(self, wake: Callable[[], None]) -> None:
        """Call `wake` after every put."""
        self._wake = wake

    def put(self, envelope: Envelope[Any], /) -> None:
        """Append, and see to it that the loop drains."""
        self.load.arrived()
        self._envelopes.append(envelope)
        self._wake()

    def get(self) -> Envelope[Any]:
        """Take the oldest; IndexError where there is none."""
        envelope = self._envelopes.popleft()
        metrics.loop_lag.observe(self.load.taken())
        return envelope

    def empty(self) -> bool:
        """Whether nothing waits."""
        return not self._envelopes


def shown_by(ref: ActorRef[Any]) -> Any:
    """What the actor shows, without a message. Only on the loop.

    None where it shows nothing, is over, or has messages waiting that may change it: ask then.
    """
    inbox: LoopInbox = ref.actor_inbox  # type: ignore[assignment]
    return inbox.shown if inbox.empty() and not ref.actor_stopped.is_set() else None


class LoopActor(Supervised):
    """An actor on the event loop: `receive` must not block. May be started from any thread."""

    actor_inbox: LoopInbox

    def __init__(self, place: Place, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(place)
        self.loop = loop
        self._is_scheduled = False
        self.actor_inbox.bind(self._schedule)

    @staticmethod
    def _create_actor_inbox() -> LoopInbox:
        return LoopInbox()

    def _start_actor_loop(self) -> None:
        self._is_scheduled = True
        self.loop.call_soon_threadsafe(self._first_turn)

    def _schedule(self) -> None:
        # Two threads may both see False: a drain too many finds an empty inbox. A put between
        # the drain's last look and its reset schedules again, so that none is left waiting.
        if not self._is_scheduled:
            self._is_scheduled = True
            if not call_on(self.loop, self._turn):
                # The loop has closed: nobody will drain. An ask ends by its deadline.
                self._is_scheduled = False

    def _first_turn(self) -> None:
        self._actor_loop_setup()
        self._turn()

    def _turn(self) -> None:
        for _ in range(TURN):
            if self.actor_stopped.is_set():
                self._actor_loop_teardown()
                return
            if self.actor_inbox.empty():
                break
            self._handle(self.actor_inbox.get())
        self._is_scheduled = False
        if not self.actor_inbox.empty() or self.actor_stopped.is_set():
            self._schedule()

    def _handle(self, envelope: Envelope[Any]) -> None:
        try:
            answer = self._handle_receive(envelope.message)
        except Exception:  # noqa: BLE001 - `on_receive` has reported it; the asker must hear too
            if envelope.reply_to is not None:
                envelope.reply_to.set_exception()
        else:
            if envelope.reply_to is not None:
                envelope.reply_to.set(answer)
