"""`GET /api/admin/actors`: the supervision tree as it stands, and what got lost beside it."""

from __future__ import annotations

import time
from typing import Any

from actors.dead_letters import dead_letters
from actors.messages import ActorInfo
from actors.shape import iso
from actors.status import Link
from actors.watchdog import Abandoned, watchdog
from web.base import BaseHandler


class ActorsHandler(BaseHandler):
    """What an operator looks at."""

    async def get(self) -> None:
        """Every live actor, from the root down; dead letters by kind; threads that hang."""
        actors = await self.system.live_actors()
        counts = sorted(dead_letters.counts().items())
        self.reply(
            {
                "actors": [_actor(actor) for actor in actors],
                "deadLetters": [
                    {"addressee": addressee, "message": message, "count": count}
                    for (addressee, message), count in counts
                ],
                "abandoned": [_abandoned(thread) for thread in watchdog.abandoned()],
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
        "link": _link(actor.link) if actor.link else None,
    }


def _link(link: Link) -> dict[str, Any]:
    return {
        "heardAt": iso(link.heard_at) if link.heard_at else None,
        "roundTripMs": link.round_trip_ms,
        "undecryptable": link.undecryptable,
    }


def _abandoned(lost: Abandoned) -> dict[str, Any]:
    age_ms = round(1000 * (time.monotonic() - lost.since))
    return {"thread": lost.name, "message": lost.what, "ageMs": age_ms}


ROUTES = [(r"/api/admin/actors", ActorsHandler)]
