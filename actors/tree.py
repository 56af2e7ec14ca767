"""The tree of actors as an operator sees it, and what he does to one of them.

Reading asks no actor. All methods but `watch`'s callback run on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from actors.actor import Supervised, ThreadActor
from actors.census import census
from actors.dead_letters import tell
from actors.errors import ActorNotFound, ActorNotStoppable
from actors.looks import ActorInfo, Waiting
from actors.messages import Disconnect, Fail, Restart
from actors.processes import Processes, ProcessInfo
from actors.watchdog import watchdog

if TYPE_CHECKING:
    from pykka import ActorRef

#: Seconds for a look at all processes, and those after which nobody waits for the kernel.
PROCESSES_SECONDS = 0.6
KERNEL_SECONDS = 0.8

Wish = Callable[[Disconnect | Restart], Awaitable[object]]


class Tree:
    """Given the root, what hands a wish to a session, and what begins the server anew."""

    def __init__(self, root: ActorRef[Any], wish: Wish, begin_anew: Callable[[], None]) -> None:
        self._root = root
        self._wish = wish
        self._begin_anew = begin_anew
        self._processes = Processes()

    def look(self, names: Collection[str] | None = None) -> tuple[ActorInfo, ...]:
        """All actors, from the root down, or those of these names."""
        return census.look(names)

    def marks(self) -> dict[str, tuple[bool, Waiting]]:
        """By name, what changes of an actor although nobody says so: whether it answers, waits."""
        return census.marks()

    def watch(self, watcher: Callable[[str], None]) -> Callable[[], None]:
        """Call back with the name of each actor that starts, ends, dies, or changes its state.

        On any thread; it must neither raise nor block. Answers what ends it.
        """
        return census.watch(watcher)

    async def processes(self, pids: Iterable[int]) -> dict[int, ProcessInfo]:
        """What the kernel says of these, within less than a second; some may be missing."""
        looking = asyncio.to_thread(self._processes.look, frozenset(pids), PROCESSES_SECONDS)
        try:
            return await asyncio.wait_for(asyncio.shield(looking), KERNEL_SECONDS)
        except TimeoutError:
            return self._processes.known(pids)

    async def restart(self, urn: str) -> None:
        """Have its supervisor start another in its place; its children end with it.

        A session that answers begins anew with a fresh client, as by `System.restart`, and so
        does one that waits to be started again. In place of the root the server itself begins
        anew. Refused: `ActorNotFound`, and what `System.restart` is.
        """
        info, actor = self._find(urn), census.find(urn)
        if info.is_responsive and info.class_name == "SessionActor" and info.empresa_id is not None:
            await self._wish(Restart(info.empresa_id))
        elif actor is None:
            raise ActorNotFound
        elif actor.actor_ref is self._root:
            self._begin_anew()
        elif info.is_responsive or not await _give_up(actor):
            tell(actor.actor_ref, Fail("restarted by an operator"))

    async def stop(self, urn: str) -> None:
        """Disconnect a session. Refused: `ActorNotFound`, `ActorNotStoppable`."""
        info = self._find(urn)
        if info.class_name != "SessionActor" or info.empresa_id is None:
            raise ActorNotStoppable
        await self._wish(Disconnect(info.empresa_id))

    @staticmethod
    def _find(urn: str) -> ActorInfo:
        for info in census.look():
            if info.urn == urn:
                return info
        raise ActorNotFound


async def _give_up(actor: Supervised) -> bool:
    # Not on the loop: whoever is given up sets free what others need, and may wait for that.
    return isinstance(actor, ThreadActor) and await asyncio.to_thread(watchdog.give_up, actor)
