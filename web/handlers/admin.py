"""`GET /api/admin/actors`: the supervision tree as it stands, and the letters nobody got."""

from __future__ import annotations

from typing import Any

from actors.dead_letters import dead_letters
from actors.messages import ActorInfo
from web.base import BaseHandler


class ActorsHandler(BaseHandler):
    """What an operator looks at."""

    async def get(self) -> None:
        """Every live actor, from the root down, and the count of dead letters by kind."""
        actors = await self.system.live_actors()
        counts = sorted(dead_letters.counts().items())
        self.reply(
            {
                "actors": [_actor(actor) for actor in actors],
                "deadLetters": [
                    {"addressee": addressee, "message": message, "count": count}
                    for (addressee, message), count in counts
                ],
            }
        )


def _actor(actor: ActorInfo) -> dict[str, Any]:
    return {
        "urn": actor.urn,
        "class": actor.class_name,
        "parent": actor.parent,
        "empresaId": actor.empresa_id,
        "state": actor.state,
        "inbox": actor.inbox,
        "restarts": actor.restarts,
        "pid": actor.pid,
        "breaker": actor.breaker,
    }


ROUTES = [(r"/api/admin/actors", ActorsHandler)]
