"""The handler actor: one empresa's message handler, asked about each message in its order.

It lives on the event loop, the handler in a process of its own. What it knows is in the database:
whatever cuts it off, its successor goes on from there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.actor import Place
from actors.answering import HandlerNow
from actors.census import census
from actors.dead_letters import tell
from actors.handler_work import HandlerWork
from actors.looks import Look
from actors.loop_actor import LoopActor
from actors.outgoing import ProfileChanged

if TYPE_CHECKING:
    from actors.directory import Directory
    from actors.governor import Settings
    from actors.hosting import Hosting


class HandlerActor(LoopActor):
    """Answers `HandlerNow`, told `ProfileChanged`; supervised by the registry.

    Where the empresa has no handler it ends in order.
    """

    def __init__(
        self,
        place: Place,
        loop: asyncio.AbstractEventLoop,
        directory: Directory,
        hosting: Hosting,
        pace: Settings,
    ) -> None:
        super().__init__(place, loop)
        empresa_id = place.empresa_id or 0
        self._work = HandlerWork(empresa_id, directory, hosting, pace, self._changed)
        self._task: asyncio.Task[None] | None = None

    def look(self) -> Look:
        """Whether it runs."""
        return Look(state=self._work.state)

    def started(self) -> None:
        """Begin to work."""
        self._task = self.loop.create_task(self._work.run())
        self._task.add_done_callback(self._over)

    def receive(self, message: Any) -> Any:
        """How it fares, and that its empresa has other opening hours."""
        match message:
            case HandlerNow():
                return self._work.look()
            case ProfileChanged():
                self._work.renew()
            case _:
                return super().receive(message)
        return None

    def ended(self, error: BaseException | None) -> None:
        """Work no more."""
        del error
        if self._task is not None:
            self._task.cancel()
        self._work.close()

    def _changed(self) -> None:
        census.changed(self.place.name)

    def _over(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        error = task.exception()
        tell(self.actor_ref, m.Stop() if error is None else m.Fail(f"its work failed: {error!r}"))
