"""`/api/admin/actors`: the supervision tree as it stands, and what got lost beside it."""

from __future__ import annotations

import os
import time
from typing import Any

from actors.dead_letters import dead_letters
from actors.errors import ActorNotFound
from actors.looks import ActorInfo
from actors.watchdog import Abandoned, watchdog
from web import actor_shape, schemas
from web.base import BaseHandler


class ActorsHandler(BaseHandler):
    """What an operator looks at. Asks no actor, so that none that hangs is waited for."""

    async def get(self) -> None:
        """The actors that the query selects; dead letters by kind; threads that hang."""
        query = schemas.actors_query(self.given("empresa", "state", "sort"), actor_shape.SORTS)
        shapes, server = await _look(self, self.system.tree.look())
        counts = sorted(dead_letters.counts().items())
        self.reply(
            {
                "actors": actor_shape.selected(shapes, query),
                "server": server,
                "deadLetters": [
                    {"addressee": addressee, "message": message, "count": count}
                    for (addressee, message), count in counts
                ],
                "abandoned": [_abandoned(thread) for thread in watchdog.abandoned()],
            }
        )


class ActorHandler(BaseHandler):
    """One of them."""

    async def get(self, urn: str) -> None:
        """As the tree has it, under `actor`. Refused: `ActorNotFound`."""
        infos = [info for info in self.system.tree.look() if info.urn == urn]
        if not infos:
            raise ActorNotFound
        shapes, _ = await _look(self, infos)
        self.reply({"actor": shapes[0]})


class ActorRestartHandler(BaseHandler):
    """Have its supervisor start another in its place."""

    async def post(self, urn: str) -> None:
        """Refused: `ActorNotFound`."""
        await self.system.tree.restart(urn)
        self.reply({"success": True, "message": "Reiniciando..."})


class ActorStopHandler(BaseHandler):
    """Stop a session, as `disconnect` does."""

    async def post(self, urn: str) -> None:
        """Refused: `ActorNotFound`, `ActorNotStoppable`."""
        await self.system.tree.stop(urn)
        self.reply({"success": True, "message": "Parando..."})


async def _look(
    handler: BaseHandler, infos: tuple[ActorInfo, ...] | list[ActorInfo]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The actors with their workers' processes, and our own process."""
    pids = {info.look.pid for info in infos if info.look.pid is not None}
    processes = await handler.system.tree.processes((*pids, os.getpid()))
    shapes = [actor_shape.shape(info, processes) for info in infos]
    return shapes, actor_shape.process_shape(os.getpid(), processes.get(os.getpid()))


def _abandoned(lost: Abandoned) -> dict[str, Any]:
    age_ms = round(1000 * (time.monotonic() - lost.since))
    return {"thread": lost.name, "message": lost.what, "ageMs": age_ms}


ROUTES = [
    (r"/api/admin/actors", ActorsHandler),
    (r"/api/admin/actors/([^/]+)", ActorHandler),
    (r"/api/admin/actors/([^/]+)/restart", ActorRestartHandler),
    (r"/api/admin/actors/([^/]+)/stop", ActorStopHandler),
]
