"""The rules as a message handler (`handling/`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from actors.errors import InvalidSettings
from actors.hours_reading import read_timezone
from actors.opening_hours import OpeningHours, always
from actors.rules.answering import answer
from actors.rules.conversation import Conversation
from actors.rules.settings import Rules
from handling.seam import Memory

#: Where an empresa says nothing else.
TIMEZONE = "America/Sao_Paulo"


def settings_in_force(document: Mapping[str, Any], hours: OpeningHours) -> dict[str, Any]:
    """All fields of docs/rules.md, of which an empresa with these hours has set some.

    Refused: `InvalidSettings`.
    """
    given = dict(document)
    zone = given.pop("timezone", None)
    if zone is not None:
        hours = replace(hours, timezone=read_timezone(zone))
    return {**Rules.read(given, Rules(hours)).to_json(), "timezone": hours.timezone}


class RulesHandler:
    """Settings as in docs/rules.md."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        given = dict(settings)
        base = Rules(hours=always(given.pop("timezone", TIMEZONE)))
        try:
            self._rules = Rules.read(given, base)
        except InvalidSettings as error:
            raise ValueError(error.sentence) from error

    def answer(
        self, message: Mapping[str, Any], memory: Memory, now: datetime
    ) -> tuple[tuple[str, ...], Memory]:
        """See `MessageHandler`."""
        before = Conversation.from_json(memory) if memory else Conversation()
        texts, after = answer(self._rules, before, message, now)
        return texts, after.to_json()
