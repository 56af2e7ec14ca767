"""The root of the supervision tree: archive, reader and registry, started in that order.

The registry's sessions depend on the archive, so the three live and die together: where one
ends, the others are ended and all are started again, from the database.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.actor import Place
from actors.archive import ArchiveActor
from actors.children import RegistryParts
from actors.dead_letters import tell
from actors.looks import Waiting
from actors.loop_actor import LoopActor
from actors.reader import ReaderActor
from actors.receiver import ReceiverActor
from actors.registry import RegistryActor
from actors.reply import Reply
from actors.restart_policy import RestartPolicy, RestartRow

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.files import Files
    from actors.governor import Settings
    from actors.timers import Timers
    from persistence.database import Database
    from whatsapp.port import Clients

logger = logging.getLogger("vendeai.actors")

_SERVICES = ("archive", "reader", "registry")
#: The root never gives up: without it there is no server.
ROOT_RESTARTS = RestartPolicy()
#: Seconds before a receiver is started in place of one that died: what waits is in the database.
RECEIVER_SECONDS = 1.0


class RootActor(LoopActor):
    """Told `ActorEnded`; keeps the directory true. Its own end is the server's."""

    def __init__(
        self,
        place: Place,
        loop: asyncio.AbstractEventLoop,
        *,
        database: Database,
        clients: Clients,
        directory: Directory,
        files: Files,
        timers: Timers,
        pace: Settings,
        has_ended: asyncio.Event,
    ) -> None:
        super().__init__(place, loop)
        self._database = database
        self._clients = clients
        self._directory = directory
        self._files = files
        self._timers = timers
        self._pace = pace
        self._has_ended = has_ended
        self._row = RestartRow()
        self._urns: set[str] = set()
        self._stopping: Reply | None = None
        self._ending: set[str] = set()
        self._archive = self._receiver = ""
        self._is_due = False
        self._due_at: float | None = None

    def waiting_children(self) -> dict[str, Waiting]:
        """When the three start again, while they do not run."""
        wait = Waiting(due_at=self._due_at)
        return dict.fromkeys(_SERVICES, wait) if not self._urns else {}

    def started(self) -> None:
        """Start the three, and the receiver, which needs them and outlives their restarts."""
        self._start_all()
        self._start_receiver()

    def receive(self, message: Any) -> Any:
        """A death among the three, and the time to start again."""
        match message:
            case m.ActorEnded(urn, name, _, _) if urn in self._urns:
                logger.error("%s ended; archive, reader and registry start again", name)
                self._stop_all()
                self._ending.discard(urn)
                self._row = self._row.died(time.monotonic(), ROOT_RESTARTS)
                wait = ROOT_RESTARTS.delay(self._row.count, random.random())  # noqa: S311 - jitter
                due = m.TimerFired("restart", self._row.count)
                self._due_at = time.monotonic() + wait
                self._timers.after(wait, self.actor_ref, due)
            case m.ActorEnded(urn, _, _, _) if urn == self._receiver and self._stopping is None:
                self._timers.after(RECEIVER_SECONDS, self.actor_ref, m.TimerFired("receiver", 0))
            case m.TimerFired("receiver", _):
                self._start_receiver()
            case m.ActorEnded(urn, _, _, _):
                self._ending.discard(urn)
                self._settle_stop()
                self._start_again()
            case m.TimerFired("restart", _):
                self._is_due = True
                self._start_again()
            case m.ServicesStarted():
                return None
            case m.StopServices():
                return self._stop_services()
            case _:
                super().receive(message)
        return None

    def ended(self, _error: BaseException | None) -> None:
        """End the three, the registry first, so that the archive still takes what it hands in."""
        tell(self._directory.receiver, m.Stop())
        self._stop_all()
        self._has_ended.set()

    def _start_again(self) -> None:
        """As soon as it is time, and the old archive has written its last: one writes at a time."""
        if self._is_due and self._stopping is None and self._archive not in self._ending:
            self._is_due = False
            self._start_all()

    def _start_all(self) -> None:
        self._row = self._row.started(time.monotonic())
        place = Place("archive", self.actor_ref)
        archive = ArchiveActor.start(place, self._database, self._timers)
        reader = ReaderActor.start(Place("reader", self.actor_ref), self._database)
        parts = RegistryParts(
            self._clients,
            archive,
            reader,
            self._directory,
            self._files,
            self._timers,
            self.loop,
            self._pace,
        )
        registry = RegistryActor.start(Place("registry", self.actor_ref), parts)
        self._directory.put_services(registry, archive, reader)
        self._archive = archive.actor_urn
        self._urns = {archive.actor_urn, reader.actor_urn, registry.actor_urn}

    def _start_receiver(self) -> None:
        if self._stopping is None:
            place = Place("receiver", self.actor_ref)
            ref = ReceiverActor.start(place, self.loop, self._directory, self._files)
            self._directory.receiver, self._receiver = ref, ref.actor_urn

    def _stop_all(self) -> None:
        self._ending |= self._urns
        self._urns = set()
        for ref in self._directory.services():
            tell(ref, m.Stop())
        self._directory.remove_services()

    def _stop_services(self) -> Reply:
        if self._stopping is None:
            self._stopping = Reply()
            tell(self._directory.receiver, m.Stop())
            self._stop_all()
            self._settle_stop()
        return self._stopping

    def _settle_stop(self) -> None:
        if self._stopping is not None and not self._ending:
            self._stopping.settle()
