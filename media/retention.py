"""Which of an empresa's files go: arithmetic alone, `media/shelf.py` carries it out."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

DAY_SECONDS = 86_400

#: Seconds for which a new file stays whatever else holds: whoever stored it is about to write
#: down what needs it, and only then can it be pinned.
FRESH_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Limits:
    """What an empresa may keep."""

    budget: int
    """Bytes; 0: without limit."""
    days: float
    """Since it was stored last; 0: for ever."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file."""

    digest: str
    size: int
    """Bytes."""
    stored_at: float
    """Seconds since 1970; the last time where the same bytes came more than once."""


def removable(
    entries: Iterable[Entry],
    limits: Limits,
    *,
    pinned: Container[str],
    now: float,
    room: int = 0,
) -> list[Entry]:
    """What is to go, the oldest first: what is too old, and what makes room in the budget.

    `pinned`: digests that must stay, and may so leave the budget exceeded. `room`: bytes that
    are to be free in the budget afterwards.
    """
    files = sorted(entries, key=lambda entry: (entry.stored_at, entry.digest))
    excess = sum(entry.size for entry in files) + room - limits.budget if limits.budget else 0
    oldest = now - limits.days * DAY_SECONDS if limits.days else 0.0
    going: list[Entry] = []
    for entry in files:
        if entry.digest in pinned or abs(now - entry.stored_at) < FRESH_SECONDS:
            continue
        if excess > 0 or entry.stored_at < oldest:
            going.append(entry)
            excess -= entry.size
    return going
