"""What is remembered of an empresa's sending, across restarts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self


class PauseReason(StrEnum):
    """Why WhatsApp wants less to be sent."""

    RATE_LIMITED = "rate_limited"
    """It answered 429."""
    NEW_CONTACTS_LIMITED = "new_contacts_limited"
    """It answered 463: nobody may be written to who has not written before."""
    TEMPORARY_BAN = "temporary_ban"


class Holds(StrEnum):
    """What a pause keeps back."""

    CONTACTS = "contacts"
    """First contacts and jobs."""
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Pause:
    """From when it was said, until it is over; kept afterwards, for the next may be longer."""

    reason: PauseReason
    holds: Holds
    until: datetime
    times: int
    """How often in a row, this one included."""


@dataclass(frozen=True, slots=True)
class State:
    """Of one linked number; another number begins with a new one."""

    seed: int
    """Any number, of which the gaps' jitter is made."""
    linked_at: datetime
    day: date | None = None
    """The day, in the empresa's time zone, of which the next two speak."""
    opened: frozenset[str] = frozenset()
    """Chats that were written to as first contacts or by a job."""
    by_jobs: int = 0
    """How many of them jobs opened."""
    last_at: datetime | None = None
    """When the last of them was opened, on whatever day."""
    pauses: tuple[Pause, ...] = ()
    """One at most of each reason and what it holds."""

    def pause(self, now: datetime) -> Pause | None:
        """The pause in which the empresa is, for its status; of several the one that ends last."""
        running = [pause for pause in self.pauses if pause.until > now]
        return max(running, key=lambda pause: pause.until, default=None)

    def held_until(self, holds: Holds) -> datetime | None:
        """Until when, if at all, that is kept back, even if the time has passed."""
        return max((pause.until for pause in self.pauses if pause.holds is holds), default=None)

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "seed": self.seed,
            "linkedAt": self.linked_at.isoformat(),
            "day": self.day and self.day.isoformat(),
            "opened": sorted(self.opened),
            "byJobs": self.by_jobs,
            "lastAt": self.last_at and self.last_at.isoformat(),
            "pauses": [
                {
                    "reason": p.reason,
                    "holds": p.holds,
                    "until": p.until.isoformat(),
                    "times": p.times,
                }
                for p in self.pauses
            ],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""
        day, last_at = document["day"], document["lastAt"]
        return cls(
            seed=document["seed"],
            linked_at=datetime.fromisoformat(document["linkedAt"]),
            day=day and date.fromisoformat(day),
            opened=frozenset(document["opened"]),
            by_jobs=document["byJobs"],
            last_at=last_at and datetime.fromisoformat(last_at),
            pauses=tuple(
                Pause(
                    PauseReason(each["reason"]),
                    Holds(each["holds"]),
                    datetime.fromisoformat(each["until"]),
                    each["times"],
                )
                for each in document["pauses"]
            ),
        )
