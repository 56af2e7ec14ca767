"""The actor system as the web reaches it: every way in is a method here, no ref leaves it.

All methods run on the event loop. Each waits at most its deadline, and raises a `Refusal`
(`errors.py`) where the answer is no.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from actors.conversations import Conversations
from actors.dead_letters import tell
from actors.directory import Directory
from actors.errors import (
    DeadlineExceeded,
    EmpresaNotFound,
    Refusal,
    Unavailable,
)
from actors.framing import StatusText
from actors.handlers import Handlers
from actors.jobs import Jobs
from actors.loop_actor import shown_by
from actors.messages import (
    CommonTrouble,
    Connect,
    DatabaseTrouble,
    Disconnect,
    Erase,
    EventPage,
    EventsAfter,
    EventsOfAll,
    EventsStored,
    Join,
    Leave,
    LedgerHead,
    LedgerHeadOf,
    Listener,
    Logout,
    NewEvents,
    OpenBroadcast,
    OrderPage,
    Restart,
    SessionStatuses,
    Snapshot,
)
from actors.outgoing import OutgoingMessage
from actors.profiles import Profiles
from actors.reply import ask
from actors.sending import Sending
from actors.tree import Tree
from persistence.message_life import OPEN

if TYPE_CHECKING:
    from pykka import ActorRef

    from actors.files import Files
    from actors.governor import Settings
    from actors.hosting import Hosting
    from actors.status import Status
    from actors.timers import Timers
    from whatsapp.port import Clients


class System:
    """Made by `bootstrap.start_system`."""

    def __init__(
        self,
        root: ActorRef[Any],
        directory: Directory,
        clients: Clients,
        files: Files,
        timers: Timers,
        has_ended: asyncio.Event,
        worn_out: asyncio.Event,
        pace: Settings,
        hosting: Hosting,
    ) -> None:
        self._root = root
        self._directory = directory
        self._clients = clients
        self.files = files
        """The files of messages."""
        self._timers = timers
        self._hosting = hosting
        self.tree = Tree(root, self._wish, worn_out.set)
        """For operators."""
        self.sending = Sending(directory)
        """Messages to send."""
        self.jobs = Jobs(directory)
        """Many messages at once."""
        self.profiles = Profiles(directory, pace)
        """What empresas have set of themselves, and how their sending stands."""
        self.handlers = Handlers(directory, hosting, pace)
        """Who answers customers by itself."""
        self.conversations = Conversations(directory, files, clients)
        """What was said, and what goes on there now."""
        self.has_ended = has_ended
        """Set when the root is gone, whatever the cause: nothing restarts it but a new server."""
        self.worn_out = worn_out
        """Set when the server should begin anew: as too many threads hang for good, or by wish."""

    def parts(self) -> tuple[ActorRef[Any], Directory, Clients, Files, Timers, Hosting]:
        """What `bootstrap.stop_system` ends."""
        parts = self._root, self._directory, self._clients, self.files, self._timers
        return *parts, self._hosting

    async def connect(self, empresa_id: int, pairing_phone: str | None = None) -> bool:
        """Want it connected, from whatever state. Answers True where it already is."""
        return bool(await self._wish(Connect(empresa_id, pairing_phone)))

    async def disconnect(self, empresa_id: int) -> None:
        """Want it not connected; the link is kept. Refused: `EmpresaNotFound`."""
        await self._wish(Disconnect(empresa_id))

    async def logout(self, empresa_id: int) -> None:
        """Begin to unlink the phone; the end is reported by events. Refused: `EmpresaNotFound`."""
        await self._wish(Logout(empresa_id))

    async def erase(self, empresa_id: int) -> None:
        """Begin to remove all that is stored of it; once this returns it is sure to happen.

        Until it is done wishes are refused (`EmpresaErasing`). Refused: `EmpresaNotFound`.
        """
        await ask(self._directory.registry, Erase(empresa_id))
        self.conversations.forget(empresa_id)

    async def restart(self, empresa_id: int) -> None:
        """Begin anew with the same credentials. Refused: `EmpresaNotFound`."""
        await self._wish(Restart(empresa_id))

    def status_text(self, empresa_id: int) -> str | None:
        """The status as JSON, as its broadcast shows it; None: ask for `status`."""
        broadcast = self._directory.broadcast(empresa_id)
        shown: StatusText | None = None if broadcast is None else shown_by(broadcast)
        return None if shown is None else shown.at(time.monotonic())

    async def status(self, empresa_id: int) -> tuple[Status, float]:
        """Status and its age in seconds. Refused: `EmpresaNotFound`.

        No thread is involved, but for an empresa that seems to be unknown.
        """
        broadcast = self._directory.broadcast(empresa_id)
        if broadcast is None:
            # The registry may just have begun: it answers once it has entered all it knows.
            await ask(self._directory.registry, SessionStatuses())
            broadcast = self._directory.broadcast(empresa_id)
        if broadcast is None:
            raise EmpresaNotFound
        status, age = await ask(broadcast, Snapshot())
        return status, age

    async def statuses(self) -> dict[int, tuple[Status, float]]:
        """Status and age of every known empresa, by id."""
        known = await ask(self._directory.registry, SessionStatuses())
        return dict(sorted(known.items()))

    async def events(
        self, empresa_id: int, after: int, limit: int, types: frozenset[str] | None = None
    ) -> EventPage:
        """A page of the ledger. Refused: `EmpresaNotFound`."""
        page: EventPage = await ask(
            self._directory.reader, EventsAfter(empresa_id, after, limit, types)
        )
        return page

    async def wait_for_events(self, empresa_id: int, after: int, seconds: float) -> bool:
        """Wait until the empresa has an event beyond `after`; False when `seconds` are over."""
        broadcast = await ask(self._directory.registry, OpenBroadcast(empresa_id))
        try:
            await ask(broadcast, NewEvents(after), seconds)
        except DeadlineExceeded:
            return False
        return True

    async def wait_for_message(
        self, empresa_id: int, message_id: str, seconds: float
    ) -> OutgoingMessage:
        """The message once it is neither queued nor on its way, or as it is after so long."""
        deadline = time.monotonic() + seconds
        while True:
            # First where the ledger stands: what comes between is beyond it.
            head: LedgerHead = await ask(self._directory.reader, LedgerHeadOf(empresa_id))
            message = await self.sending.message(empresa_id, message_id)
            left = deadline - time.monotonic()
            if message.state not in OPEN or left <= 0:
                return message
            await self.wait_for_events(empresa_id, head.last_seq, left)

    async def all_events(self, after: int | None, limit: int) -> OrderPage:
        """A page of all empresas' events beyond a position; None: beyond the last."""
        page: OrderPage = await ask(self._directory.reader, EventsOfAll(after, limit))
        return page

    async def wait_for_any_event(self, after: int, seconds: float) -> bool:
        """Wait until there is an event beyond this position; False when `seconds` are over."""
        try:
            await ask(self._directory.archive, EventsStored(after), seconds)
        except DeadlineExceeded:
            return False
        return True

    async def join(
        self, empresa_id: int, listener: Listener, since: int | None, ledger_id: str | None
    ) -> None:
        """Let a listener hear this empresa, known or not; its opening frames are sent at once."""
        join = Join(listener, since, ledger_id)
        broadcast = await ask(self._directory.registry, OpenBroadcast(empresa_id))
        try:
            await ask(broadcast, join)
        except Unavailable:
            # It ended with its last listener at this very moment; the next one stays.
            broadcast = await ask(self._directory.registry, OpenBroadcast(empresa_id))
            await ask(broadcast, join)

    def leave(self, empresa_id: int, listener: Listener) -> None:
        """The listener is gone; harmless twice."""
        broadcast = self._directory.broadcast(empresa_id)
        if broadcast is not None:
            tell(broadcast, Leave(listener))

    async def readiness(self) -> dict[str, str]:
        """`database`, `registry`, `forkserver`: each `ok` or a sentence."""
        database, registry = await asyncio.gather(
            self._trouble(lambda: ask(self._directory.archive, DatabaseTrouble(), 2.0)),
            self._trouble(lambda: ask(self._directory.registry, SessionStatuses(), 2.0)),
        )
        forkserver = self._clients.trouble()
        return {
            "database": database or "ok",
            "registry": registry or "ok",
            "forkserver": forkserver or "ok",
        }

    async def common_trouble(self) -> str | None:
        """Why many empresas are not connected, where it is one cause that they share."""
        try:
            found: str | None = await ask(self._directory.registry, CommonTrouble(), 2.0)
        except Refusal:
            return None
        return found

    async def _wish(self, wish: Connect | Disconnect | Logout | Restart) -> object:
        try:
            return await ask(self._directory.registry, wish)
        except Unavailable:
            # The session died with the wish unread, as any may. Wishes are harmless twice, and the
            # registry knows of the death by now: it hands this one to the next session.
            return await ask(self._directory.registry, wish)

    @staticmethod
    async def _trouble(question: Callable[[], Awaitable[object]]) -> str | None:
        try:
            found = await question()
        except Refusal as refusal:
            return refusal.sentence
        return found if isinstance(found, str) else None
