"""When a dead child is started again, and when no more: arithmetic alone."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """Exponential backoff with jitter, and a bound on restarts in a row."""

    intensity: int = 10
    """Restarts in a row; a child that lived for `window` seconds begins a new row."""
    window: float = 60.0
    first: float = 0.5
    """Seconds before the first restart of a row; doubles with each."""
    longest: float = 30.0

    def delay(self, attempt: int, jitter: float) -> float:
        """Seconds before restart `attempt` (from 1); `jitter` in [0, 1) spreads its upper half."""
        full = min(self.longest, self.first * 2.0 ** min(attempt - 1, 32))
        return full / 2 + full / 2 * jitter


#: Of a session: a worker that dies, or the actor itself.
SESSION_RESTARTS = RestartPolicy()
#: Of a link that WhatsApp does not answer: never given up, so the intensity does not matter.
#: The longest wait keeps a session within 45 s of an answering WhatsApp.
LINK_RETRIES = RestartPolicy(first=1.0, longest=15.0)


@dataclass(frozen=True, slots=True)
class RestartRow:
    """One child's restarts in a row."""

    count: int = 0
    started_at: float = 0.0
    """Of the present life, on a monotonic clock."""

    def started(self, now: float) -> RestartRow:
        """A life begins."""
        return replace(self, started_at=now)

    def died(self, now: float, policy: RestartPolicy) -> RestartRow:
        """A life ends; a long one clears what was before."""
        lived = now - self.started_at
        return replace(self, count=1 if lived >= policy.window else self.count + 1)

    def is_exhausted(self, policy: RestartPolicy) -> bool:
        """Whether no restart is left."""
        return self.count > policy.intensity
