"""Whose client may start now: turns after a start of the server, retries, and the breaker."""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from actors import messages as m
from actors.breaker import Breaker, Cause
from actors.children import Child, Children, RegistryParts, session_name
from actors.dead_letters import tell
from actors.looks import Waiting
from actors.machine import Process
from actors.machine.model import END_STATES
from actors.status import State
from actors.waves import SPREAD_SECONDS, Waves

if TYPE_CHECKING:
    from pykka import ActorRef

logger = logging.getLogger("vendeai.registry")

#: What an operator reads of each cause.
SENTENCES = {
    Cause.WHATSAPP: "WhatsApp cannot be reached, or turns everybody away",
    Cause.DISK: "the disk of the journals is full, or cannot be written",
    Cause.WORKERS: "WhatsApp workers cannot be started, or die at once",
    Cause.OUTDATED: "WhatsApp no longer accepts this version of neonize (405): upgrade it",
}
_STAYS_AWAY = END_STATES - {State.CLIENT_OUTDATED}
_SHOWS_A_PAIRING = (State.AWAITING_SCAN, State.AWAITING_CODE)
_CONNECTS = (State.CONNECTING, State.RECONNECTING)


@dataclass(frozen=True, slots=True)
class _Held:
    """What lets an empresa go on, and whom to tell it."""

    ref: ActorRef[Any]
    message: object
    number: int = 0
    """Of the timer that it waits for; 0: it waits for a turn, or for the breaker."""
    due_at: float | None = None
    """When that is due, on the monotonic clock."""
    is_common: bool = True
    """False: it waits for its own time alone, whatever the others fail for."""


class Gate:
    """Owned by the registry actor; not for any other thread.

    A wish goes ahead at once, whatever is held: the session's own news say so.
    """

    def __init__(self, parts: RegistryParts, children: Children, registry: ActorRef[Any]) -> None:
        self._parts = parts
        self._children = children
        self._registry = registry
        self._waves = Waves()
        self._breaker = Breaker(random.random)
        self._held: dict[int, _Held] = {}
        self._timers = 0
        self._look: tuple[int, float | None] = (0, None)
        """The number of the last look at the breaker, and when it is due."""

    @property
    def cause(self) -> Cause | None:
        """Why retries are held, if they are."""
        return self._breaker.cause

    def trouble(self) -> str | None:
        """The common cause as a sentence; None when there is none."""
        if self.cause is None:
            return None
        failed, of = self._breaker.counts()
        return f"{SENTENCES[self.cause]} ({failed} of {of} empresas)"

    def waiting(self) -> dict[str, Waiting]:
        """The sessions that are held, by name. On any thread."""
        cause = self.cause.value if self.cause else None
        return {
            session_name(empresa_id): Waiting(cause if held.is_common else None, held.due_at)
            for empresa_id, held in self._held.copy().items()
        }

    def receive(self, message: m.RetryWanted | m.StartDue | m.SessionTurn | m.ProbeDue) -> None:
        """What the registry is told about starts."""
        match message:
            case m.RetryWanted():
                self._retry_wanted(message)
            case m.StartDue(empresa_id, number):
                held = self._held.get(empresa_id)
                if held and held.number == number and self.cause is None:
                    self._release(empresa_id)
            case m.SessionTurn(empresa_id):
                if self.cause is not None or not self._release(empresa_id):
                    self._turn_is_over(empresa_id)
            case m.ProbeDue(number) if number == self._look[0]:
                self._probe(number)

    # --- what becomes of a session ---------------------------------------------------------------

    def waits_for_turn(self, child: Child) -> None:
        """It connects when its turn comes; `give_turns` begins with it."""
        self._hold_restart(child)
        self._breaker.waits(child.empresa_id)
        self._waves.join((child.empresa_id,))

    def give_turns(self) -> None:
        """Let the next ones connect, if there are any and nothing is held."""
        for empresa_id in self._waves.next_turns() if self.cause is None else ():
            wait = random.uniform(0, SPREAD_SECONDS)  # noqa: S311 - jitter
            self._parts.timers.after(wait, self._registry, m.SessionTurn(empresa_id))

    def died(self, child: Child, seconds: float) -> None:
        """Its session died, and would be started again in so many seconds."""
        empresa_id, was = child.empresa_id, self.cause
        session = child.session
        if session is None or not session.wanted or session.status.state in _STAYS_AWAY:
            due = m.SessionRestartDue(empresa_id, child.restarts)
            self._parts.timers.after(seconds, self._registry, due)
            due_at = time.monotonic() + seconds
            self._held[empresa_id] = _Held(self._registry, due, due_at=due_at, is_common=False)
            return
        self._hold_restart(child)
        if self._breaker.is_up(empresa_id):
            # What worked until now is started again at once: many such deaths are one killed
            # forkserver, and nothing to wait for.
            self._breaker.waits(empresa_id)
        else:
            self._breaker.failed(empresa_id, Cause.WORKERS, time.monotonic())
        self._wait(empresa_id, seconds)
        self._settle(was)

    def session_changed(self, child: Child) -> None:
        """What a session is now."""
        session, empresa_id, was = child.session, child.empresa_id, self.cause
        assert session is not None  # noqa: S101 - it has just said so
        state, is_running = session.status.state, session.process is Process.RUNNING
        is_outdated_for_good = state is State.CLIENT_OUTDATED and not session.is_linked
        if not session.wanted or state in _STAYS_AWAY or is_outdated_for_good:
            self.left(empresa_id)
            return
        if session.status.connected or state in _SHOWS_A_PAIRING:
            self._held.pop(empresa_id, None)
            self._breaker.succeeded(empresa_id, time.monotonic())
        elif is_running and not self._breaker.is_up(empresa_id):
            self._is_starting(empresa_id)
        if not (is_running and state in _CONNECTS):
            self._turn_is_over(empresa_id)
        self._settle(was, empresa_id)

    def hurry(self, empresa_id: int) -> None:
        """Somebody wishes it connected: it waits no longer."""
        was = self.cause
        self._release(empresa_id)
        self._settle(was)

    def left(self, empresa_id: int) -> None:
        """It does not want to connect any more, or is gone."""
        was = self.cause
        self._held.pop(empresa_id, None)
        self._breaker.leaves(empresa_id, time.monotonic())
        self._turn_is_over(empresa_id)
        self._settle(was)

    # --- inside ----------------------------------------------------------------------------------

    def _probe(self, number: int) -> None:
        was, self._look = self.cause, (number, None)
        chosen = self._breaker.due(time.monotonic())
        if chosen is not None and not self._release(chosen):
            self._breaker.leaves(chosen, time.monotonic())
        self._settle(was)

    def _retry_wanted(self, wish: m.RetryWanted) -> None:
        child, was = self._children.get(wish.empresa_id), self.cause
        if child is None or child.ref is None:
            return
        fired = m.TimerFired("retry", wish.generation)
        self._held[wish.empresa_id] = _Held(child.ref, fired)
        self._breaker.failed(wish.empresa_id, wish.cause, time.monotonic())
        if wish.cause is not Cause.OUTDATED:
            self._wait(wish.empresa_id, wish.seconds)
        self._turn_is_over(wish.empresa_id)
        self._settle(was)

    def _hold_restart(self, child: Child) -> None:
        due = m.SessionRestartDue(child.empresa_id, child.restarts)
        self._held[child.empresa_id] = _Held(self._registry, due)

    def _wait(self, empresa_id: int, seconds: float) -> None:
        """Let it go on in so many seconds; should the breaker be open then, it stays held."""
        self._timers += 1
        due_at, held = time.monotonic() + seconds, self._held[empresa_id]
        self._held[empresa_id] = replace(held, number=self._timers, due_at=due_at)
        due = m.StartDue(empresa_id, self._timers)
        self._parts.timers.after(seconds, self._registry, due)

    def _release(self, empresa_id: int) -> bool:
        """Let it go on; False: it has gone already."""
        held = self._held.get(empresa_id)
        if held is None:
            return False
        self._is_starting(empresa_id)
        tell(held.ref, held.message)
        return True

    def _is_starting(self, empresa_id: int) -> None:
        self._held.pop(empresa_id, None)
        if not self._breaker.is_trying(empresa_id):
            self._breaker.started(empresa_id, time.monotonic())

    def _turn_is_over(self, empresa_id: int) -> None:
        if self._waves.settled(empresa_id):
            self.give_turns()

    def _settle(self, was: Cause | None, through: int | None = None) -> None:
        """Say once what has changed about the breaker, and act on it."""
        if was is not self.cause:
            self._say(was, through)
        if was is not None and self.cause is None:
            released = [each for each in self._breaker.held() if each in self._held]
            for empresa_id in released:
                self._held[empresa_id] = replace(self._held[empresa_id], number=0, due_at=None)
            self._waves.join(released)
            self.give_turns()
        due_at = self._breaker.due_at()
        if due_at is not None and due_at != self._look[1]:
            self._look = (self._look[0] + 1, due_at)
            wait = max(0.0, due_at - time.monotonic())
            self._parts.timers.after(wait, self._registry, m.ProbeDue(self._look[0]))

    def _say(self, was: Cause | None, through: int | None) -> None:
        if self.cause is not None:
            logger.error("%s: retries are held, one empresa at a time tries", self.trouble())
            return
        assert was is not None  # noqa: S101 - it is another than now
        who = f"empresa {through} got through" if through else "nobody waits any more"
        count = len(self._breaker.held())
        logger.warning(
            "%s, so it is over that %s; those held connect now, a few at a time: %d",
            *(who, SENTENCES[was], count),
        )
