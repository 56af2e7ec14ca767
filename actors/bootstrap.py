"""Starting the actors in the order in which they need one another, and stopping them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from actors import messages as m
from actors.actor import Place
from actors.dead_letters import tell
from actors.directory import Directory
from actors.errors import Refusal
from actors.reply import ask
from actors.root import RootActor
from actors.system import System
from actors.timers import Timers

if TYPE_CHECKING:
    from persistence.database import Database
    from whatsapp.port import Clients

logger = logging.getLogger("vendeai.actors")


def start_system(
    *, database: Database, clients: Clients, loop: asyncio.AbstractEventLoop
) -> System:
    """Start the tree; empresas that want to be connected connect. Returns at once."""
    directory, timers = Directory(), Timers()
    root = RootActor.start(
        Place("root"),
        loop,
        database=database,
        clients=clients,
        directory=directory,
        timers=timers,
    )
    return System(root, directory, clients, timers)


async def stop_system(system: System, deadline_seconds: float) -> None:
    """Stop sessions, their clients, then the rest: what came in is committed or journalled."""
    root, directory, clients, timers = system.parts()
    try:
        await ask(directory.registry, m.StopSessions(), deadline_seconds / 3)
    except Refusal:
        logger.warning("not every session ended in time")
    await asyncio.to_thread(clients.close, deadline_seconds / 3)
    stopping = directory.services()
    tell(root, m.Stop())
    async with asyncio.timeout(deadline_seconds / 3):
        for ref in stopping:
            await asyncio.to_thread(ref.actor_stopped.wait, deadline_seconds / 3)
    await asyncio.to_thread(timers.close)
