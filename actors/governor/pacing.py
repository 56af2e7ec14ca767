"""When the next first contact may go out: gap, quota, opening hours and pauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

from actors.governor.settings import Settings
from actors.governor.state import Holds, State
from actors.opening_hours import OpeningHours

_DAY = timedelta(days=1)


def gap(settings: Settings, seed: int, day: date, count: int) -> timedelta:
    """How long nobody else is written to after a day's first contact `count`: always the same."""
    digest = blake2b(f"{seed}:{day}:{count}".encode(), digest_size=8).digest()
    spread = int.from_bytes(digest) / 2**63 - 1.0
    return timedelta(seconds=60.0 / settings.per_minute * (1.0 + settings.jitter * spread))


class Pacing:
    """A state that changes as contacts are opened; for one decision, or for many foreseen."""

    def __init__(self, state: State, settings: Settings) -> None:
        self._state = state
        self.settings = settings
        self._calendar = _Calendar(settings.hours)
        self._linked_on = self._calendar.day(state.linked_at)
        self._day = state.day
        self._opened = set(state.opened)
        self._by_jobs = state.by_jobs
        self._last_at = state.last_at
        self._gap = self._next_gap()
        self._paused_until = state.held_until(Holds.CONTACTS)
        self.held_until = state.held_until(Holds.EVERYTHING)
        """Until when not even an answer goes out, if at all."""

    def state(self) -> State:
        """As it is now."""
        return replace(
            self._state,
            day=self._day,
            opened=frozenset(self._opened),
            by_jobs=self._by_jobs,
            last_at=self._last_at,
        )

    def is_opened(self, chat: str, now: datetime) -> bool:
        """Whether the chat counts for the day already."""
        return chat in self._opened and self._today(now) == self._day

    def open(self, chat: str, now: datetime, *, is_job: bool) -> None:
        """Something goes out now that is no answer; harmless twice on one day."""
        today = self._today(now)
        if today != self._day:
            self._begin(today)
        if chat not in self._opened:
            self._opened.add(chat)
            self._by_jobs += is_job
            self._last_at = now
            self._gap = self._next_gap()

    def ask(self, now: datetime) -> None:
        """Nobody is written to, but the next one waits as though somebody were."""
        today = self._today(now)
        if today != self._day:
            self._begin(today)
        self._last_at = now
        self._gap = self._next_gap()

    def open_at(self, now: datetime) -> datetime | None:
        """When, from now on, it is open and no pause is; None: never."""
        paused = self._paused_until
        return self._calendar.opens_at(now if paused is None or paused < now else paused)

    def contact_at(self, now: datetime, *, is_job: bool) -> datetime | None:
        """When the next first contact may go out, if none does before; None: never."""
        moment = self.open_at(self._after_gap(now))
        while moment is not None and self._is_used_up(moment, is_job=is_job):
            moment = self.open_at(self._calendar.hours.begins(self._today(moment) + _DAY))
        return moment

    def _begin(self, today: date) -> None:
        self._day, self._by_jobs = today, 0
        self._opened.clear()

    def _today(self, now: datetime) -> date:
        """The day for which it counts. Going a time zone west does not begin a day again."""
        today = self._calendar.day(now)
        if self._day is not None and today < self._day <= today + _DAY:
            return self._day
        return today

    def _is_used_up(self, moment: datetime, *, is_job: bool) -> bool:
        today = self._today(moment)
        age = (today - self._linked_on).days
        opened, by_jobs = len(self._opened), self._by_jobs
        if today != self._day:
            opened = by_jobs = 0
        return opened >= self.settings.contacts(age) or (
            is_job and by_jobs >= self.settings.job_contacts(age)
        )

    def _next_gap(self) -> timedelta:
        if self._day is None:
            return timedelta(0)
        return gap(self.settings, self._state.seed, self._day, len(self._opened))

    def _after_gap(self, now: datetime) -> datetime:
        if self._last_at is None:
            return now
        after = self._last_at + self._gap
        # Further away than that is a clock that was set back.
        return after if now < after <= now + 2 * self._gap else now


class _Calendar:
    """Opening hours that remember the last answer: most questions are of the same day."""

    def __init__(self, hours: OpeningHours) -> None:
        self.hours = hours
        self._span: tuple[datetime, datetime] | None = None
        self._today: tuple[datetime, datetime, date] | None = None

    def opens_at(self, moment: datetime) -> datetime | None:
        if self._span is None or not self._span[0] <= moment < self._span[1]:
            self._span = self.hours.next_span(moment)
        return None if self._span is None else max(moment, self._span[0])

    def day(self, moment: datetime) -> date:
        if self._today is None or not self._today[0] <= moment < self._today[1]:
            day = self.hours.day(moment)
            self._today = self.hours.begins(day), self.hours.begins(day + _DAY), day
        return self._today[2]
