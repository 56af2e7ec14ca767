"""Starting the actors in the order in which they need one another, and stopping them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from actors import messages as m
from actors.actor import Place
from actors.dead_letters import tell
from actors.directory import Directory
from actors.errors import Refusal
from actors.files import Files
from actors.governor import Settings
from actors.hosting import Hosting
from actors.reply import ask
from actors.root import RootActor
from actors.system import System
from actors.timers import Timers
from actors.watchdog import watchdog
from media.policy import Policy

if TYPE_CHECKING:
    from media.store import MediaStore
    from media.whatsapp_site import WhatsappSite
    from persistence.database import Database
    from whatsapp.port import Clients

logger = logging.getLogger("vendeai.actors")


async def start_system(
    *,
    database: Database,
    clients: Clients,
    store: MediaStore,
    policy: Policy | None = None,
    pace: Settings | None = None,
    handlers: Mapping[str, str] | None = None,
    site: WhatsappSite | None = None,
) -> System:
    """Start the tree on this event loop; empresas that want to be connected connect.

    `stop_system` closes the clients and the store. `policy`: from where files are fetched. `pace`:
    how those send that have set nothing of their own; None: as the governor has it. `handlers`:
    further message handlers, by name, each as `package.module:Class`. `site`: from where the files
    of received messages are fetched; None: from WhatsApp.
    """
    pace = pace or Settings()
    directory, timers, has_ended = Directory(), Timers(), asyncio.Event()
    files = Files(store, policy or Policy(), directory, site)
    hosting = Hosting(handlers or {})
    loop, worn_out = asyncio.get_running_loop(), asyncio.Event()

    def wear_out() -> None:
        loop.call_soon_threadsafe(worn_out.set)

    watchdog.start(wear_out)
    root = RootActor.start(
        Place("root"),
        loop,
        database=database,
        clients=clients,
        directory=directory,
        files=files,
        timers=timers,
        pace=pace,
        hosting=hosting,
        has_ended=has_ended,
    )
    await ask(root, m.ServicesStarted())
    files.start()
    return System(root, directory, clients, files, timers, has_ended, worn_out, pace, hosting)


async def stop_system(system: System, deadline_seconds: float) -> None:
    """Stop sessions, their clients, then the rest: what came in is committed or journalled."""
    root, directory, clients, files, timers, hosting = system.parts()
    share = deadline_seconds / 3
    await files.stop()
    try:
        await ask(directory.registry, m.StopSessions(), share)
    except Refusal:
        logger.warning("not every session ended in time")
    await asyncio.to_thread(clients.close, share)
    try:
        await ask(root, m.StopServices(), share)
    except Refusal:
        logger.warning("archive, reader or registry did not end in time")
    tell(root, m.Stop())
    await hosting.close()
    await asyncio.to_thread(files.close)
    await asyncio.to_thread(timers.close)
    await asyncio.to_thread(watchdog.stop)
