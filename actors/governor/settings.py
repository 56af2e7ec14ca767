"""What an empresa may set of how it sends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from actors.fields import Fields, whole
from actors.hours_reading import hours_json, read_hours
from actors.opening_hours import OpeningHours

#: First contacts of the 1st, 2nd, … day after the number was linked; the last holds from then on.
#: WhatsApp publishes no such numbers: these are at the careful end of what others use.
WARM_UP = (10, 15, 20, 25, 30, 40, 50, 60, 75, 90, 105, 120, 140, 160, 180, 200)
_WORKDAY = ((8 * 60, 18 * 60),)
#: Monday to Friday 08:00 to 18:00, Saturday 09:00 to 13:00.
SHOP_HOURS = OpeningHours((_WORKDAY,) * 5 + (((9 * 60, 13 * 60),), ()))

LONGEST_WINDOW_HOURS = 24 * 30
FASTEST_PER_MINUTE = 1000.0
LARGEST_JITTER = 0.9
LONGEST_WARM_UP = 365
MOST_A_DAY = 100_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field's meaning and its default."""

    hours: OpeningHours = SHOP_HOURS
    """When first contacts and jobs may go out; answers always may. Its time zone is also that in
    which days are counted."""
    window_hours: float = 24.0
    """For so long after somebody wrote, what is sent there is an answer."""
    per_minute: float = 2.0
    """First contacts, on average."""
    jitter: float = 0.5
    """Share of the average gap by which a gap is shorter or longer: here 15 to 45 s."""
    daily: tuple[int, ...] = WARM_UP
    job_share: float = 0.7
    """Of a day's first contacts, the share that jobs may use: the rest is left for people."""

    @property
    def window(self) -> timedelta:
        """`window_hours` as a length of time."""
        return timedelta(hours=self.window_hours)

    def contacts(self, day: int) -> int:
        """First contacts of that day, the day of the linking being 0."""
        return self.daily[min(max(day, 0), len(self.daily) - 1)]

    def job_contacts(self, day: int) -> int:
        """How many of them jobs may use; one at least, where there is one at all."""
        contacts = self.contacts(day)
        return min(contacts, max(1, int(contacts * self.job_share)))

    @classmethod
    def read(cls, document: object, base: Self) -> Self:
        """The settings that a JSON object makes of `base`: what it leaves out stays as there.

        Refused: `InvalidSettings`. The time zone is the empresa's own, and stays that of `base`.
        """
        fields = Fields(document)
        settings = replace(
            base,
            hours=read_hours(fields, base.hours),
            window_hours=fields.number("windowHours", base.window_hours, 0, LONGEST_WINDOW_HOURS),
            per_minute=fields.number("perMinute", base.per_minute, 0.01, FASTEST_PER_MINUTE),
            jitter=fields.number("jitter", base.jitter, 0, LARGEST_JITTER),
            daily=_daily(fields, base.daily),
            job_share=fields.number("jobShare", base.job_share, 0.01, 1),
        )
        fields.end()
        return settings

    def to_json(self) -> dict[str, object]:
        """What `read` reads."""
        return {
            "windowHours": self.window_hours,
            "perMinute": self.per_minute,
            "jitter": self.jitter,
            "dailyContacts": list(self.daily),
            "jobShare": self.job_share,
            **hours_json(self.hours),
        }


def _daily(fields: Fields, default: tuple[int, ...]) -> tuple[int, ...]:
    given = fields.items("dailyContacts", LONGEST_WARM_UP)
    if not given:
        return default
    field = fields.path("dailyContacts")
    *days, last = (whole(each, field, 0, MOST_A_DAY) for each in given)
    return (*days, whole(last, field, 1, MOST_A_DAY))
