"""The circuit breaker: whether one common cause keeps many empresas down, and who tries then.

Arithmetic alone: no clock, no thread, no timer. While it is closed everybody retries on a backoff
of its own. While it is open retries are held and one empresa at a time probes; the first that gets
through, whoever it is, closes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from actors.restart_policy import RestartPolicy
from actors.status import Reason, State, Status
from actors.waves import AT_ONCE

#: It opens when within so many seconds at least so many empresas, and more than half of those
#: that want to be connected, failed for one cause.
WINDOW_SECONDS = 60.0
FEWEST = 5
#: Seconds after which a probe of which nothing was heard counts as failed; a client has 30 s.
PROBE_SECONDS = 60.0
#: From the beginning of one probe to that of the next. With a client's own deadline of 30 s an
#: answering WhatsApp is found within that or 10 s, so that a shop is back within 45 s.
PROBES = RestartPolicy(first=1.0, longest=10.0)
#: An upgrade is what helps: the first tells whether it has come, the later ones whether WhatsApp
#: has changed its mind.
OUTDATED_PROBES = RestartPolicy(first=20.0, longest=300.0)


class Cause(StrEnum):
    """What many can have in common."""

    WHATSAPP = "whatsapp"
    """It cannot be reached, is silent, or says that it is unavailable."""
    DISK = "disk"
    """Journals cannot be written."""
    WORKERS = "workers"
    """Clients cannot be started, or die before they are connected."""
    OUTDATED = "client_outdated"
    """WhatsApp no longer accepts the library's version (405)."""


def cause_of(status: Status) -> Cause:
    """Why a session that wants to try again is not connected."""
    if status.state is State.CLIENT_OUTDATED:
        return Cause.OUTDATED
    return Cause.DISK if status.reason is Reason.JOURNAL_UNWRITABLE else Cause.WHATSAPP


class _Stand(StrEnum):
    HELD = "held"
    TRYING = "trying"
    UP = "up"


@dataclass(slots=True)
class _Empresa:
    stand: _Stand
    cause: Cause | None = None
    """Of its last failure, until it gets through."""
    at: float = 0.0


class Breaker:
    """Of the empresas that want to be connected. Times are seconds of one clock that only grows."""

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        """In [0, 1)."""
        self._empresas: dict[int, _Empresa] = {}
        """Who tried last stands last."""
        self.cause: Cause | None = None
        """Given while it is open."""
        self.since = float("-inf")
        """When it opened, or closed."""
        self._probe: int | None = None
        self._probed_at = 0.0
        self._probes = 0
        """Failed in a row."""
        self._next_at = 0.0

    # --- what becomes of an empresa --------------------------------------------------------------

    def waits(self, empresa_id: int) -> None:
        """It wants to be connected and has not been let yet, or was connected until now."""
        self._stands(empresa_id, _Empresa(_Stand.HELD))

    def started(self, empresa_id: int, now: float) -> None:
        """Its client is started. While the breaker is open and nobody probes, it is the probe."""
        before = self._empresas.get(empresa_id) or _Empresa(_Stand.TRYING)
        self._stands(empresa_id, _Empresa(_Stand.TRYING, before.cause, before.at))
        if self.cause is not None and self._probe is None:
            self._probe, self._probed_at = empresa_id, now

    def failed(self, empresa_id: int, cause: Cause, now: float) -> None:
        """It did not get through, and wants to try again."""
        self._stands(empresa_id, _Empresa(_Stand.HELD, cause, now))
        if self._probe == empresa_id:
            self._probe_failed(now)
        if self.cause is None:
            if self._is_common(cause, now):
                self._open(cause, now)
            return
        commonest = max(Cause, key=lambda each: (self._count(each), each is self.cause))
        if commonest is not self.cause:
            self.cause = commonest
            self._next_at = min(self._next_at, now + self._delay())

    def succeeded(self, empresa_id: int, now: float) -> None:
        """It got through; harmless twice."""
        if self.is_up(empresa_id):
            return
        self._stands(empresa_id, _Empresa(_Stand.UP))
        if self.cause is not None:
            self._close(now)

    def leaves(self, empresa_id: int, now: float) -> None:
        """It does not want to be connected any more, or may not; harmless twice."""
        self._empresas.pop(empresa_id, None)
        if self._probe == empresa_id:
            self._probe = None
            self._next_at = max(now, self._probed_at + self._delay())
        if self.cause is not None and not self._candidates() and not self._is_tried():
            self._close(now)

    # --- who may try -----------------------------------------------------------------------------

    def due(self, now: float) -> int | None:
        """The empresa that probes from now on, if it is time for one; it counts as started."""
        if self._probe is not None and now - self._probed_at >= PROBE_SECONDS:
            self._probe_failed(now)
        if self.cause is None or self._probe is not None or now < self._next_at:
            return None
        chosen = next(iter(self._candidates()), None)
        if chosen is not None:
            self.started(chosen, now)
        return chosen

    def due_at(self) -> float | None:
        """When `due` should be asked; None: there is no need."""
        if self.cause is None:
            return None
        if self._probe is not None:
            return self._probed_at + PROBE_SECONDS
        return self._next_at if self._candidates() else None

    def is_up(self, empresa_id: int) -> bool:
        """Whether it got through, and has not failed since."""
        return self._stand(empresa_id) is _Stand.UP

    def is_trying(self, empresa_id: int) -> bool:
        """Whether its client was started, and nothing was heard yet."""
        return self._stand(empresa_id) is _Stand.TRYING

    def held(self) -> list[int]:
        """Who may go as the breaker is closed; one alone that is outdated may not."""
        return self._candidates()

    def counts(self) -> tuple[int, int]:
        """Of how many the last failure had the present cause, and how many there are."""
        return (self._count(self.cause) if self.cause else 0, len(self._empresas))

    # --- inside ----------------------------------------------------------------------------------

    def _stands(self, empresa_id: int, empresa: _Empresa) -> None:
        self._empresas.pop(empresa_id, None)
        self._empresas[empresa_id] = empresa

    def _stand(self, empresa_id: int) -> _Stand | None:
        empresa = self._empresas.get(empresa_id)
        return empresa.stand if empresa else None

    def _is_common(self, cause: Cause, now: float) -> bool:
        """An outdated client stays so: no window, and all that want count, tried or not."""
        everybody = self._empresas.values()
        if cause is Cause.OUTDATED:
            failed, tried = self._count(cause), len(everybody)
        else:
            recent = [e for e in everybody if e.cause is cause and now - e.at <= WINDOW_SECONDS]
            held = [e.cause for e in everybody if e.stand is _Stand.HELD]
            failed, tried = len(recent), len(everybody) - held.count(Cause.OUTDATED)
            if failed >= AT_ONCE:
                # Whose turn has not come says nothing, once a whole wave has failed.
                tried -= held.count(None)
        return failed >= FEWEST and 2 * failed > tried

    def _count(self, cause: Cause) -> int:
        return sum(empresa.cause is cause for empresa in self._empresas.values())

    def _is_tried(self) -> bool:
        return any(empresa.stand is _Stand.TRYING for empresa in self._empresas.values())

    def _candidates(self) -> list[int]:
        """Who has tried least lately comes first."""
        also_outdated = self.cause is Cause.OUTDATED or self._count(Cause.OUTDATED) >= FEWEST
        return [
            empresa_id
            for empresa_id, empresa in self._empresas.items()
            if empresa.stand is _Stand.HELD
            and (also_outdated or empresa.cause is not Cause.OUTDATED)
        ]

    def _open(self, cause: Cause, now: float) -> None:
        # Soon after a closing it goes on where it was: who gets through and fails again at once
        # must not start everybody each time.
        is_new = now - self.since > WINDOW_SECONDS
        self._probes = 1 if is_new else self._probes + 1
        self.cause, self.since, self._probe = cause, now, None
        self._next_at = now + self._delay()

    def _close(self, now: float) -> None:
        released = self._candidates()
        self.cause, self.since, self._probe = None, now, None
        for empresa_id in released:
            self._empresas[empresa_id].cause = None
        for empresa in self._empresas.values():
            if empresa.stand is _Stand.TRYING:
                empresa.cause = None

    def _probe_failed(self, now: float) -> None:
        self._probe = None
        self._probes += 1
        self._next_at = max(now, self._probed_at + self._delay())

    def _delay(self) -> float:
        policy = OUTDATED_PROBES if self.cause is Cause.OUTDATED else PROBES
        return policy.delay(max(1, self._probes), self._jitter())
