"""What came in is told as it was journalled, whatever kind of event it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.web.served import Served, until
from tests.whatsapp.messages import IN_GROUP, OWN, image, message, text
from tests.whatsapp.protobufs import e2e
from whatsapp.message_event import shape_event
from whatsapp.message_shape import message_key
from whatsapp.port import Journalled

KEY = {"ID": "ABC", "fromMe": True}
CONTENTS = [
    image("olha"),
    e2e.Message(
        protocolMessage={"key": KEY, "type": "MESSAGE_EDIT", "editedMessage": text("aço\0")}
    ),
    e2e.Message(protocolMessage={"key": KEY, "type": "REVOKE"}),
    e2e.Message(reactionMessage={"key": KEY, "text": "👍"}),
    e2e.Message(pollUpdateMessage={"pollCreationMessageKey": KEY, "vote": {"encIV": b"\xff"}}),
]


def received() -> list[Journalled]:
    entries = []
    for entry_id, content in enumerate(CONTENTS, 1):
        event = message(content, IN_GROUP)
        shaped = shape_event(event, OWN)
        assert shaped is not None
        kind, data = shaped
        key = message_key(event, kind)
        entries.append(Journalled(entry_id, kind, key, datetime.now(UTC), data))
    return entries


def test_messages_and_changes_come_by_websocket_and_by_pages_as_they_were_journalled(
    served: Served,
) -> None:
    served.connected(5)
    entries = received()
    kinds = ["message", "message_edited", "message_deleted", "message_reaction", "poll_vote"]
    told: list[dict[str, Any]] = []
    with served.listen("empresa_id=5") as socket:
        until(socket, lambda event: event["type"] == "status")
        for entry in entries:
            served.clients.started(5).report(entry)
            told.append(until(socket, lambda event: event["type"] in kinds))
    assert [event["type"] for event in told] == kinds
    assert [event["data"] for event in told] == [entry.data for entry in entries]
    pages = served.get(f"/api/empresas/5/events?type={','.join(kinds)}").json()["events"]
    assert pages == told


def test_a_change_that_is_delivered_twice_is_numbered_once(served: Served) -> None:
    served.connected(5)
    (*_, vote) = received()
    for entry_id in (1, 2):
        again = Journalled(entry_id, vote.kind, vote.key, vote.at, vote.data)
        served.clients.started(5).report(again)
    assert served.clients.confirmed(5)
    events = served.get("/api/empresas/5/events?type=poll_vote").json()["events"]
    assert len(events) == 1
