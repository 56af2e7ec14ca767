"""The options that votes chose, by their names: a vote itself has their hashes alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeAlias

from sqlalchemy import Connection, select

from persistence.chunks import chunks
from persistence.filed import chat_of, key_of
from persistence.models import Message
from persistence.values import NewEvent

VOTE = "poll_vote"
_Polls: TypeAlias = dict[tuple[str | None, str], list[str]]
"""The options of each, by its chat and its id."""


def name_votes(
    connection: Connection, events: Mapping[int, Sequence[NewEvent]]
) -> dict[int, Sequence[NewEvent]]:
    """The same events, by empresa; votes on polls that are known tell the options' names."""
    return {
        empresa_id: _named(connection, empresa_id, some)
        if any(each.type == VOTE for each in some)
        else some
        for empresa_id, some in events.items()
    }


def _named(connection: Connection, empresa_id: int, events: Sequence[NewEvent]) -> list[NewEvent]:
    polls = _stored(connection, empresa_id, events)
    named = []
    for event in events:
        if event.type == "message":
            _note(polls, chat_of(event.data), event.data)
        named.append(_vote(event, polls) if event.type == VOTE else event)
    return named


def _vote(event: NewEvent, polls: _Polls) -> NewEvent:
    options = polls.get((chat_of(event.data), key_of(event.data["target"]["id"])))
    chosen = event.data.get("chosen")
    if options is None or chosen is None:
        return event
    names = [each for each in options if sha256(each.encode()).hexdigest() in chosen]
    return replace(event, data={**event.data, "options": names})


def _stored(connection: Connection, empresa_id: int, events: Sequence[NewEvent]) -> _Polls:
    wanted = {key_of(each.data["target"]["id"]) for each in events if each.type == VOTE}
    polls: _Polls = {}
    for some in chunks(sorted(wanted)):
        found = select(Message.chat, Message.data).where(
            Message.empresa_id == empresa_id, Message.id.in_(some)
        )
        for row in connection.execute(found):
            _note(polls, row.chat, json.loads(row.data))
    return polls


def _note(polls: _Polls, chat: str | None, message: dict[str, Any]) -> None:
    poll = message.get("poll")
    options = poll.get("options") if isinstance(poll, dict) else None
    if isinstance(options, list):
        names = [each for each in options if isinstance(each, str)]
        polls[chat, key_of(message.get("id"))] = names
