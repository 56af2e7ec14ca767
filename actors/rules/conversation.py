"""What the rules remember of one conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Conversation:
    """As it is before anybody has written."""

    greeted_on: date | None = None
    """The last day, in the shop's time zone, with a greeting."""
    told_closed_on: date | None = None
    menu: tuple[int, ...] = ()
    """The place in the menu: which option of each level, from 0."""
    menu_until: datetime | None = None
    """Until when a number chooses from it."""
    silent_until: datetime | None = None
    replies: tuple[datetime, ...] = ()
    """When the last of them were given: those of the last hour, and perhaps older ones."""

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads."""
        return {
            "greetedOn": self.greeted_on and self.greeted_on.isoformat(),
            "toldClosedOn": self.told_closed_on and self.told_closed_on.isoformat(),
            "menu": list(self.menu),
            "menuUntil": self.menu_until and self.menu_until.isoformat(),
            "silentUntil": self.silent_until and self.silent_until.isoformat(),
            "replies": [each.isoformat() for each in self.replies],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """What `to_json` wrote."""

        def moment(name: str) -> datetime | None:
            text = document[name]
            return None if text is None else datetime.fromisoformat(text)

        def day(name: str) -> date | None:
            text = document[name]
            return None if text is None else date.fromisoformat(text)

        return cls(
            greeted_on=day("greetedOn"),
            told_closed_on=day("toldClosedOn"),
            menu=tuple(document["menu"]),
            menu_until=moment("menuUntil"),
            silent_until=moment("silentUntil"),
            replies=tuple(datetime.fromisoformat(each) for each in document["replies"]),
        )
