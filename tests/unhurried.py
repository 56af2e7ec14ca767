"""How empresas of the tests send, which are not about the governor: at any hour, and soon."""

from __future__ import annotations

from typing import Any

from actors.governor import Settings
from actors.opening_hours import DAYS

#: For `VENDEAI_SENDING`, or an empresa's own `sending`.
UNHURRIED: dict[str, Any] = {
    "perMinute": 1000,
    "jitter": 0,
    "dailyContacts": [100_000],
    "openingHours": {day: ["00:00-24:00"] for day in DAYS},
}
PACE = Settings.read(UNHURRIED, Settings())
