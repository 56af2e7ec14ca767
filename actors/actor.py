"""The actor that all of ours extend: one death notice whatever the cause, refusals as answers."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pykka

from actors.dead_letters import dead_letters, tell
from actors.errors import Refusal
from actors.messages import ActorEnded, Stop
from actors.reply import Refused, Reply

if TYPE_CHECKING:
    from pykka import ActorRef

logger = logging.getLogger("vendeai.actors")
# Every death is logged once, by `Supervised`, with its empresa; Pykka would log it again.
logging.getLogger("pykka").setLevel(logging.CRITICAL)


class ExpectedEndError(Exception):
    """An end that the world causes and the supervisor heals: no bug, so no traceback."""


class ActorFailedError(Exception):
    """What the asker gets where an actor died over its message."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an actor stands in the supervision tree."""

    name: str
    monitor: ActorRef[Any] | None = None
    """Its parent, which gets its one `ActorEnded`."""
    empresa_id: int | None = None


class Supervised(pykka.Actor):
    """What thread actors and loop actors have in common.

    Pykka's own hooks miss some deaths and answer a BaseException by stopping every actor, so a
    subclass overrides `started`, `receive` and `ended` instead; all three run in the actor's own
    thread (or on the loop). Any exception but a `Refusal` ends the actor: its state can no
    longer be believed. Its monitor hears of it exactly once.
    """

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self._is_over = False

    @staticmethod
    def _create_future() -> Reply:
        return Reply()

    def started(self) -> None:
        """Set up; runs before the first message."""

    def receive(self, message: Any) -> Any:
        """Handle one message and return its answer, or a `Reply` that will have it."""
        raise TypeError(f"{self.place.name} does not understand {type(message).__name__}")

    def ended(self, error: BaseException | None) -> None:
        """Clean up; runs once, after the last message, whatever the cause."""

    def on_start(self) -> None:
        """Pykka's hook: an exception that left it would end the actor unheard."""
        try:
            self.started()
        except BaseException as error:  # noqa: BLE001 - every death gets its notice
            self._end(error)

    def on_receive(self, message: Any) -> Any:
        """Pykka's hook: only `ActorFailedError` ever leaves it, after the death notice."""
        if isinstance(message, Stop):
            self._end(None)
            return None
        try:
            return self.receive(message)
        except Refusal as refusal:
            return Refused(refusal)
        except BaseException as error:
            self._end(error)
            raise ActorFailedError(
                f"{self.place.name} died over {type(message).__name__}"
            ) from error

    def _end(self, error: BaseException | None) -> None:
        if self._is_over:
            return
        self._is_over = True
        pykka.ActorRegistry.unregister(self.actor_ref)
        self.actor_stopped.set()
        if error is not None:
            bug = None if isinstance(error, ExpectedEndError) else error
            extra = self._log_extra()
            logger.error("%s died: %r", self.place.name, error, exc_info=bug, extra=extra)
        try:
            self.ended(error)
        except BaseException as late:
            logger.exception("%s failed at its end", self.place.name, extra=self._log_extra())
            error = error or late
        if self.place.monitor is not None:
            tell(
                self.place.monitor,
                ActorEnded(self.actor_urn, self.place.name, self.place.empresa_id, error),
            )

    def _log_extra(self) -> dict[str, object]:
        return {"empresa_id": self.place.empresa_id}

    def _actor_loop_teardown(self) -> None:
        """Pykka's: answers the askers that are left. The tells that are left are counted here."""
        while not self.actor_inbox.empty():
            envelope = self.actor_inbox.get()
            if envelope.reply_to is None:
                dead_letters.add(type(self).__name__, envelope.message)
            else:
                error = pykka.ActorDeadError(f"{self.actor_ref} stopped before the message")
                envelope.reply_to.set_exception((type(error), error, None))


class ThreadActor(Supervised, pykka.ThreadingActor):
    """An actor with a thread of its own: it may block, within its deadlines."""

    #: A hung actor must not keep the server from ending.
    use_daemon_thread = True

    def _start_actor_loop(self) -> None:
        """Pykka's: where the system has no thread left, whoever starts it must not die of that."""
        try:
            super()._start_actor_loop()
        except RuntimeError as error:
            self._end(error)
