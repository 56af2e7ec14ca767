"""The files that messages brought: noted with their events, led on as they are fetched."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from persistence.json_text import json_text
from persistence.media_values import DueMedia, DuePage, MediaState, MediaStep, StoredMedia
from persistence.models import Erasure, Media
from persistence.upsert import upsert
from persistence.values import LedgerEvent, NewEvent

STATE = "media_state"
"""The type of the event that says what became of a file."""


def note(
    connection: Connection, numbered: Mapping[int, Sequence[tuple[NewEvent, LedgerEvent]]]
) -> None:
    """Keep the files that these messages, by empresa, bring: in the transaction of their events."""
    rows = [
        row
        for empresa_id, pairs in numbered.items()
        for new, event in pairs
        if (row := _row(empresa_id, new, event.seq)) is not None
    ]
    if rows:
        connection.execute(upsert(connection.dialect.name, Media).on_conflict_do_nothing(), rows)


def due(connection: Connection, now: datetime, each: int, most: int) -> DuePage:
    """What is to be fetched now: of each empresa at most `each`, the oldest first.

    Nothing of an empresa that is being erased: its folder is gone before its rows are.
    """
    erasing = Media.empresa_id.in_(select(Erasure.empresa_id))
    place = func.row_number().over(
        partition_by=Media.empresa_id, order_by=(Media.next_at, Media.seq)
    )
    waiting = (
        select(Media.empresa_id, Media.seq, place.label("place"))
        .where(Media.next_at <= now, ~erasing)
        .subquery()
    )
    is_mine = (Media.empresa_id == waiting.c.empresa_id) & (Media.seq == waiting.c.seq)
    found = (
        select(Media)
        .join(waiting, is_mine)
        .where(waiting.c.place <= each)
        .order_by(waiting.c.place, Media.next_at)
        .limit(most)
    )
    later = select(func.min(Media.next_at)).where(Media.next_at > now, ~erasing)
    rows = connection.execute(found).all()
    return DuePage(tuple(_due(row) for row in rows), connection.scalar(later))


def lead(connection: Connection, steps: Iterable[MediaStep]) -> dict[int, list[NewEvent]]:
    """Take what became of attempts; answers the events to be numbered, by empresa.

    Of what is not fetched any more, or is not there, nothing follows.
    """
    events: dict[int, list[NewEvent]] = {}
    for step in steps:
        mine = (Media.empresa_id == step.empresa_id, Media.id == step.id)
        row = connection.execute(
            select(Media.data, Media.attempts).where(*mine, Media.next_at.is_not(None))
        ).one_or_none()
        if row is None:
            continue
        if step.state is MediaState.PENDING:
            again = {"attempts": row.attempts + 1, "next_at": step.next_at, "reason": step.reason}
            connection.execute(update(Media).where(*mine).values(again))
            continue
        data = json.loads(row.data)
        data["media"] |= {"state": step.state, **step.found}
        settled = {
            "state": step.state,
            "reason": step.reason,
            "data": json_text(data),
            "source": None,
            "next_at": None,
            "attempts": row.attempts + 1,
        }
        connection.execute(update(Media).where(*mine).values(settled))
        event = NewEvent(STATE, step.at, {"v": 1, **data}, f"{STATE}:{step.id}")
        events.setdefault(step.empresa_id, []).append(event)
    return events


def find(connection: Connection, empresa_id: int, media_id: str) -> StoredMedia | None:
    """One of this empresa's; None: there is none."""
    found = select(Media.state, Media.reason, Media.next_at, Media.data).where(
        Media.empresa_id == empresa_id, Media.id == media_id
    )
    row = connection.execute(found).one_or_none()
    if row is None:
        return None
    media = json.loads(row.data)["media"]
    return StoredMedia(MediaState(row.state), row.reason, row.next_at, media)


def remove(connection: Connection, empresa_id: int, after: int, up_to: int) -> None:
    """Forget those of these events."""
    connection.execute(
        delete(Media).where(Media.empresa_id == empresa_id, Media.seq > after, Media.seq <= up_to)
    )


def _row(empresa_id: int, new: NewEvent, seq: int) -> dict[str, Any] | None:
    media = new.data.get("media") if new.type == "message" else None
    if not isinstance(media, dict) or not isinstance(media.get("id"), str):
        return None
    is_fetched = new.source is not None
    state = MediaState.PENDING if is_fetched else MediaState.FAILED
    told = {
        "messageId": new.data.get("id"),
        "chat": new.data.get("chat"),
        "media": {**media, "state": state},
    }
    return {
        "empresa_id": empresa_id,
        "seq": seq,
        "id": media["id"],
        "at": new.at,
        "data": json_text(told),
        "source": json_text(new.source) if is_fetched else None,
        "state": state,
        "reason": None if is_fetched else "unreadable",
        "attempts": 0,
        "next_at": new.at if is_fetched else None,
    }


def _due(row: Any) -> DueMedia:
    file_name = json.loads(row.data)["media"].get("fileName") or ""
    return DueMedia(
        row.empresa_id,
        row.id,
        row.at,
        row.attempts,
        file_name,
        json.loads(row.source),
    )
