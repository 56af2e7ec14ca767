"""The actor that all of ours extend: one death notice whatever the cause, refusals as answers."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pykka

from actors import metrics
from actors.census import census
from actors.dead_letters import dead_letters, tell
from actors.errors import Refusal
from actors.inbox import ThreadInbox
from actors.load import Load
from actors.looks import Look, Waiting
from actors.messages import ActorEnded, Fail, Stop
from actors.reply import Refused, Reply
from actors.watchdog import AbandonedError, watchdog

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.watchdog import ActorHungError

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
        self.load: Load = self.actor_inbox.load  # type: ignore[attr-defined]
        self._message_seconds = metrics.message_seconds.of(type(self).__name__)
        self._is_over = False
        self._is_told = threading.Lock()
        self._emptying = threading.Lock()

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

    def look(self) -> Look:
        """What the tree shows of it, beside what it shows of all. On the loop, without waiting."""
        return Look()

    def waiting_children(self) -> dict[str, Waiting]:
        """Of a supervisor: who waits to go on, by name. On the loop, without waiting."""
        return {}

    def on_start(self) -> None:
        """Pykka's hook: an exception that left it would end the actor unheard."""
        self.load.begins("its start")
        census.enters(self)
        try:
            self.started()
        except BaseException as error:  # noqa: BLE001 - every death gets its notice
            self._end(error)
        self.load.rests()

    def on_receive(self, message: Any) -> Any:
        """Pykka's hook: only `ActorFailedError` ever leaves it, after the death notice."""
        if isinstance(message, Stop):
            self.load.begins("its end")
            self._end(None)
            return None
        self.load.begins(type(message).__name__)
        try:
            if isinstance(message, Fail):
                raise ExpectedEndError(message.why)  # noqa: TRY301 - as any other death
            return self.receive(message)
        except Refusal as refusal:
            return Refused(refusal)
        except BaseException as error:
            self._end(error)
            raise ActorFailedError(
                f"{self.place.name} died over {type(message).__name__}"
            ) from error
        finally:
            self._message_seconds.observe(self.load.ends())

    def _end(self, error: BaseException | None) -> None:
        if self._is_over or isinstance(error, AbandonedError):
            return
        self._die()
        if error is not None:
            bug = None if isinstance(error, ExpectedEndError) else error
            extra = self._log_extra()
            logger.error("%s died: %r", self.place.name, error, exc_info=bug, extra=extra)
        try:
            self.ended(error)
        except BaseException as late:
            logger.exception("%s failed at its end", self.place.name, extra=self._log_extra())
            error = error or late
        self._report_end(error)

    def _die(self) -> None:
        """From here on it is dead to whoever tells or asks it."""
        self._is_over = True
        pykka.ActorRegistry.unregister(self.actor_ref)
        self.actor_stopped.set()

    def _report_end(self, error: BaseException | None) -> None:
        census.leaves(self, error)
        if self.place.monitor is not None and self._is_told.acquire(blocking=False):
            tell(
                self.place.monitor,
                ActorEnded(self.actor_urn, self.place.name, self.place.empresa_id, error),
            )

    def _log_extra(self) -> dict[str, object]:
        return {"empresa_id": self.place.empresa_id}

    def _actor_loop_teardown(self) -> None:
        """Pykka's: answers the askers that are left. The tells that are left are counted here."""
        with self._emptying:
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
    #: Seconds that a message, the start or the end may take: all that an actor of ours waits for
    #: has a shorter deadline.
    hang_seconds = 30.0

    @staticmethod
    def _create_actor_inbox() -> ThreadInbox:
        return ThreadInbox()

    def given_up(self) -> None:
        """Set free what others need, on the watchdog's thread, as the actor's own one hangs."""

    def came_back(self) -> None:
        """Let go of what this thread alone may touch: it runs on, long after it was given up."""

    def on_start(self) -> None:
        """Pykka's hook, under the eye of the watchdog."""
        try:
            with watchdog.working(self, "its start"):
                super().on_start()
        except AbandonedError:
            self._come_back()

    def on_receive(self, message: Any) -> Any:
        """Pykka's hook, under the eye of the watchdog."""
        try:
            with watchdog.working(self, type(message).__name__):
                return super().on_receive(message)
        except AbandonedError:
            self._come_back()
            raise ActorFailedError(f"{self.place.name} hung and was given up") from None

    def _come_back(self) -> None:
        # Before the watchdog may have come to it: no further message is this thread's.
        self.actor_stopped.set()
        try:
            self.came_back()
        except Exception:
            logger.exception("%s failed at its end", self.place.name, extra=self._log_extra())

    def give_up(self, error: ActorHungError) -> None:
        """End it from outside, with the one notice of its death. On the watchdog's thread."""
        self._die()
        extra = self._log_extra()
        logger.error("%s hangs and is given up: %s", self.place.name, error, extra=extra)
        try:
            self.given_up()
        except Exception:
            logger.exception("%s was not given up well", self.place.name, extra=extra)
        self._actor_loop_teardown()
        self._report_end(error)

    def _start_actor_loop(self) -> None:
        """Pykka's: where the system has no thread left, whoever starts it must not die of that."""
        try:
            super()._start_actor_loop()
        except RuntimeError as error:
            census.enters(self)
            self._end(error)
