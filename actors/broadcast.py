"""The broadcast actor: one empresa's listeners, and the last snapshot of its status.

It lives on the event loop, so a status question needs no thread and is answered while the
session is busy. It outlives its session's restarts: browsers stay connected.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.actor import Place
from actors.dead_letters import tell
from actors.errors import EmpresaErased, EmpresaNotFound, Refusal, Unavailable
from actors.framing import StatusText, event_frame, passing_frame, secret_frames, status_mark
from actors.looks import Look
from actors.loop_actor import LoopActor
from actors.replay import replay
from actors.reply import Refused, Reply
from actors.seat import TRY_AGAIN_LATER, Seat
from actors.shape import status_data
from actors.signals import SignalSeen
from actors.status import State, Status
from actors.waiters import Waiters

if TYPE_CHECKING:
    from pykka import ActorRef

#: Events that are sent in one turn of the loop; a few turns' worth stays below what a listener
#: may have pending (`seat.PENDING_FRAMES`).
CHUNK = 32
#: Closing code (RFC 6455, 7.4.1) of a listener that must not come again unchanged.
REFUSED = 1008


class BroadcastActor(LoopActor):
    """Shows a `StatusText`; answers `Snapshot`, `Join`, `NewEvents`.

    It is told `StatusChanged`, `EventsPublished`, `Leave`. Of an empresa that nobody connected yet
    (`status` None) it tells its monitor `BroadcastIdle` when the last listener has left.
    """

    def __init__(
        self,
        place: Place,
        loop: asyncio.AbstractEventLoop,
        status: Status | None,
        archive: ActorRef[Any],
        reader: ActorRef[Any],
    ) -> None:
        super().__init__(place, loop)
        self._empresa_id = place.empresa_id or 0
        self._status: Status | None = None
        self._said_at = time.monotonic()
        self._keep(status)
        self._never_connected = Status(State.STOPPED, since=datetime.now(UTC))
        self._archive = archive
        self._reader = reader
        self._head: m.LedgerHead | None = None
        self._seats: dict[m.Listener, Seat] = {}
        self._early: list[tuple[m.Join, Reply]] = []
        self._told = status_mark(status) if status else None
        """Of the last `status` event that the listeners were sent."""
        self._outgoing: deque[m.LedgerEvent] = deque()
        self._waiters = Waiters()
        self._replays: set[asyncio.Task[None]] = set()

    def look(self) -> Look:
        """How many listen, how far behind the slowest is, and what it knows of the session."""
        pending = max((seat.pending for seat in self._seats.values()), default=0)
        return Look(listeners=len(self._seats), pending=pending, snapshot=self._status)

    def started(self) -> None:
        """Follow the ledger."""
        tell(self._archive, m.Subscribe(self._empresa_id, self.actor_ref))

    def receive(self, message: Any) -> Any:
        """Listeners, questions, and what the archive and the session tell."""
        match message:
            case m.Snapshot():
                return self._snapshot()
            case m.EventsPublished(events):
                self._published(events)
            case m.StatusChanged(status):
                self._status_changed(status)
            case m.LedgerHead():
                self._head_known(message)
            case m.Join():
                return self._join(message)
            case m.Leave(listener):
                self._leave(listener)
            case m.NewEvents(after):
                return self._new_events(after)
            case SignalSeen(kind, data):
                self._signal_seen(kind, data)
            case m.Erased(is_unlinked):
                self._turn_away(EmpresaErased(unlinked=is_unlinked))
            case _:
                super().receive(message)
        return None

    def ended(self, error: BaseException | None) -> None:
        """Tell the listeners that the server stops, or to come again; and so who waits."""
        for task in self._replays:
            task.cancel()
        self._waiters.answer(Refused(Unavailable()))
        seats, self._seats = self._seats, {}
        for seat in seats.values():
            if error is None:
                seat.close(1001, "server stopping")
            else:
                seat.close(TRY_AGAIN_LATER, "try again")
        tell(self._archive, m.Unsubscribe(self._empresa_id, self.actor_ref))

    # --- status ------------------------------------------------------------------------------

    def _snapshot(self) -> tuple[Status, float]:
        if self._status is None:
            raise EmpresaNotFound
        return self._status, time.monotonic() - self._said_at

    def _keep(self, status: Status | None) -> None:
        self._status, self._said_at = status, time.monotonic()
        self.actor_inbox.shown = None if status is None else StatusText(status, self._said_at)

    def _status_changed(self, status: Status) -> None:
        before = self._status
        self._keep(status)
        if status_mark(status) == self._told:
            for text in self._secrets(status, before):
                self._send_all(text)

    def _status_told(self, event: m.LedgerEvent) -> None:
        """Now its QR or code may follow: a page that shows a status drops the QR before it."""
        mark = (event.data["state"], event.data["since"])
        if mark == self._told:
            return
        self._told = mark
        if self._status is not None and status_mark(self._status) == mark:
            for text in self._secrets(self._status, None):
                self._send_all(text)

    def _secrets(self, status: Status, before: Status | None) -> list[str]:
        return secret_frames(self._empresa_id, status, before)

    def _passing(self, kind: str, data: object, **beside: object) -> str:
        return passing_frame(self._empresa_id, kind, data, **beside)

    def _signal_seen(self, kind: str, data: object) -> None:
        if self._seats:
            text = self._passing(kind, data)
            for seat in list(self._seats.values()):
                seat.send_if_idle(text)

    # --- the ledger --------------------------------------------------------------------------

    def _head_known(self, head: m.LedgerHead) -> None:
        self._head = head
        early, self._early = self._early, []
        for join, reply in early:
            self._seat(join, head)
            reply.settle()
        self._waiters.answer()

    def _published(self, events: tuple[m.LedgerEvent, ...]) -> None:
        if self._head is None:
            return
        if events[0].seq > self._head.last_seq + 1:
            self._come_again()
        self._head = m.LedgerHead(self._empresa_id, self._head.ledger_id, events[-1].seq)
        if self._seats:
            if not self._outgoing:
                self.loop.call_soon(self._pump)
            self._outgoing.extend(events)
        else:
            for event in events:
                if event.type == "status":
                    self._status_told(event)
        self._waiters.answer()

    def _come_again(self) -> None:
        """An archive that was given up has committed after all, and told nobody: it is read."""
        for seat in list(self._seats.values()):
            if seat.is_live:
                seat.close(TRY_AGAIN_LATER, "try again")

    def _pump(self) -> None:
        """Send some of what is published, then let the loop write: a burst is not a slow reader."""
        for _ in range(min(len(self._outgoing), CHUNK)):
            event = self._outgoing.popleft()
            text = event_frame(event)
            for seat in list(self._seats.values()):
                seat.send_live(event.seq, text)
            if event.type == "status":
                self._status_told(event)
        if self._outgoing:
            self.loop.call_soon(self._pump)

    def _new_events(self, after: int) -> Reply | None:
        if self._head is not None and self._head.last_seq > after:
            return None
        return self._waiters.add()

    # --- listeners ---------------------------------------------------------------------------

    def _join(self, join: m.Join) -> Reply | None:
        if self._head is not None:
            self._seat(join, self._head)
            return None
        reply = Reply()
        self._early.append((join, reply))
        return reply

    def _seat(self, join: m.Join, head: m.LedgerHead) -> None:
        seat = Seat(join.listener, head.last_seq, lambda: self._leave(join.listener))
        self._seats[join.listener] = seat
        status, age = self._status or self._never_connected, time.monotonic() - self._said_at
        opening = {"lastSeq": head.last_seq, "ledgerId": head.ledger_id or None}
        seat.send(self._passing("status", status_data(status, age, secrets=True), **opening))
        for text in self._secrets(status, None):
            seat.send(text)
        if join.since is None and join.ledger_id in (None, head.ledger_id):
            return
        since = join.since or 0
        if since > head.last_seq or join.ledger_id not in (None, head.ledger_id):
            reset = {"ledgerId": head.ledger_id, "lastSeq": head.last_seq}
            seat.send(self._passing("reset", reset))
        elif since < head.last_seq:
            seat.is_live, seat.last_seq = False, since
            task = self.loop.create_task(self._replay(seat, head))
            self._replays.add(task)
            task.add_done_callback(self._replays.discard)

    async def _replay(self, seat: Seat, head: m.LedgerHead) -> None:
        def last_seq() -> int:
            return (self._head or head).last_seq

        if not await replay(seat, self._empresa_id, self._reader, last_seq):
            return
        seat.is_live = True
        if self._status is not None:
            for text in self._secrets(self._status, None):
                seat.send(text)

    def _send_all(self, text: str) -> None:
        for seat in list(self._seats.values()):
            seat.send(text)

    def _turn_away(self, refusal: Refusal) -> None:
        """Tell all why, those who wait too, and close."""
        data = {"error": refusal.sentence, "code": refusal.code, **refusal.fields}
        for seat in list(self._seats.values()):
            seat.send(self._passing("error", data))
            seat.close(REFUSED, refusal.code)
        self._waiters.answer(Refused(refusal))

    def _leave(self, listener: m.Listener) -> None:
        seat = self._seats.pop(listener, None)
        if seat is not None and self._status is None and not self._seats:
            tell(self.place.monitor, m.BroadcastIdle(self._empresa_id))
