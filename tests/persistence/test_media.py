"""Files that messages brought: kept with their events, fetched, and forgotten with them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from persistence import conversations, erasing, media, retention
from persistence.media_values import DueMedia, DuePage, MediaState, MediaStep, StoredMedia
from persistence.values import NewEvent
from tests.persistence.telling import ALL, AT, LATER, link, message, said, tell

FOUND = {"mimeType": "application/pdf", "size": 9, "fileName": "a.pdf", "sha256": "ab" * 32}
SOURCE = {"type": "document", "path": "/v/a", "key": "00" * 32, "size": 9}


def brought(name: str, *, is_fetched: bool = True, **other: Any) -> NewEvent:
    """A document of Maria's, its media's id being that of the message."""
    told = {"id": name, "state": "pending", "mimeType": "x/y", "fileName": "../a.pdf"}
    new = message(name, media=told, **other)
    source = SOURCE if is_fetched else None
    return NewEvent(new.type, new.at, new.data, new.key, own=new.own, source=source)


def due(connection: Connection, now: datetime = AT, each: int = 9, most: int = 9) -> DuePage:
    return media.due(connection, now, each, most)


def ids(page: DuePage) -> list[tuple[int, str]]:
    return [(each.empresa_id, each.id) for each in page.media]


def step(name: str, state: MediaState, empresa_id: int = 5, **other: Any) -> MediaStep:
    return MediaStep(empresa_id, name, state, AT + LATER, **other)


def led(connection: Connection, *steps: MediaStep) -> list[dict[str, Any]]:
    """The data of the events that follow, which are numbered."""
    return [
        event.data
        for empresa_id, events in media.lead(connection, steps).items()
        for event in tell(connection, *events, empresa_id=empresa_id)
    ]


def found(connection: Connection, name: str, empresa_id: int = 5) -> StoredMedia:
    stored = media.find(connection, empresa_id, name)
    assert stored is not None
    return stored


def shown(connection: Connection) -> list[str | None]:
    """The state of each message's file in the conversation, the newest first."""
    messages = said(connection)
    assert len(messages) <= ALL
    return [json.loads(each.media)["media"]["state"] if each.media else None for each in messages]


def test_what_a_message_brings_is_due_at_once_with_all_that_fetching_takes(
    connection: Connection,
) -> None:
    link(connection)
    tell(connection, brought("A"), message("B"))
    page = due(connection)
    assert page == DuePage((DueMedia(5, "A", AT, 0, "../a.pdf", SOURCE),), None)
    assert found(connection, "A").state is MediaState.PENDING
    assert shown(connection) == [None, "pending"] or shown(connection) == ["pending", None]


def test_a_message_that_comes_twice_brings_its_file_once(connection: Connection) -> None:
    link(connection)
    tell(connection, brought("A"))
    tell(connection, brought("A"))
    assert ids(due(connection)) == [(5, "A")]


def test_what_does_not_say_where_its_file_is_has_failed(connection: Connection) -> None:
    link(connection)
    tell(connection, brought("A", is_fetched=False))
    stored = found(connection, "A")
    assert (stored.state, stored.reason) == (MediaState.FAILED, "unreadable")
    assert (ids(due(connection)), shown(connection)) == ([], ["failed"])


def test_what_stands_in_the_place_of_media_keeps_no_event_from_being_stored(
    connection: Connection,
) -> None:
    link(connection)
    wrong: list[Any] = ["x", 5, {}, {"id": None}, [], {"id": 7}]
    events = [message(str(number), media=each) for number, each in enumerate(wrong)]
    assert len(tell(connection, *events)) == len(wrong)


def test_a_file_that_is_there_is_an_event_and_shown_in_its_conversation(
    connection: Connection,
) -> None:
    link(connection)
    tell(connection, brought("A"))
    (data,) = led(connection, step("A", MediaState.READY, found=FOUND))
    assert (data["v"], data["messageId"], data["chat"]["name"]) == (1, "A", "Maria")
    assert data["media"] == {"id": "A", "state": "ready", **FOUND}
    assert found(connection, "A") == StoredMedia(MediaState.READY, None, None, data["media"])
    assert (shown(connection), due(connection)) == (["ready"], DuePage((), None))
    (conversation,) = conversations.page(connection, 5, None, None, ALL).conversations
    assert conversation.message is not None
    assert json.loads(conversation.message.media or "")["media"]["state"] == "ready"


def test_what_has_an_end_keeps_it_and_its_key_is_forgotten(connection: Connection) -> None:
    link(connection)
    tell(connection, brought("A"))
    assert len(led(connection, step("A", MediaState.EXPIRED, reason="expired"))) == 1
    assert led(connection, step("A", MediaState.READY, found=FOUND)) == []
    stored = found(connection, "A")
    assert (stored.state, stored.reason) == (MediaState.EXPIRED, "expired")
    sources = connection.exec_driver_sql("SELECT source FROM media").scalars().all()
    assert list(sources) == [None]


def test_an_attempt_that_brought_nothing_is_made_again_at_its_time_and_is_no_event(
    connection: Connection,
) -> None:
    link(connection)
    tell(connection, brought("A"))
    later = AT + LATER
    assert led(connection, step("A", MediaState.PENDING, reason="broken", next_at=later)) == []
    assert due(connection) == DuePage((), later)
    (again,) = due(connection, later).media
    assert again.attempts == 1
    assert found(connection, "A").next_at == later


def test_every_empresa_has_its_turn_and_none_more_than_its_share(connection: Connection) -> None:
    link(connection)
    link(connection, "+5521999990006", empresa_id=6)
    tell(connection, *(brought(name) for name in "ABCDE"))
    tell(connection, *(brought(name) for name in "XY"), empresa_id=6)
    assert ids(due(connection, each=2)) == [(5, "A"), (6, "X"), (5, "B"), (6, "Y")]
    assert ids(due(connection, most=2)) == [(5, "A"), (6, "X")]


def test_the_same_file_of_another_empresa_is_another_one(connection: Connection) -> None:
    link(connection)
    link(connection, empresa_id=6)
    tell(connection, brought("A"))
    assert media.find(connection, 6, "A") is None
    tell(connection, brought("A"), empresa_id=6)
    led(connection, step("A", MediaState.READY, 6, found=FOUND))
    assert found(connection, "A").state is MediaState.PENDING


def test_it_goes_with_the_event_with_which_it_came(connection: Connection) -> None:
    link(connection)
    tell(connection, brought("A"), brought("B"))
    retention.remove(connection, 5, 1, AT)
    assert media.find(connection, 5, "A") is None
    assert ids(due(connection)) == [(5, "B")]
    assert led(connection, step("A", MediaState.READY, found=FOUND)) == []


def test_nothing_of_an_empresa_that_is_being_erased_is_fetched_and_nothing_stays(
    connection: Connection,
) -> None:
    link(connection)
    tell(connection, brought("A"))
    erasing.begin(connection, 5)
    assert due(connection) == DuePage((), None)
    assert erasing.erase_more(connection, 5)
    assert media.find(connection, 5, "A") is None
