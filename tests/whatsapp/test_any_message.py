"""Whatever a stranger sends has a shape."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from persistence.json_text import json_text
from tests.whatsapp.generated import changes, contents, events
from tests.whatsapp.messages import OWN, message, text
from tests.whatsapp.protobufs import Message
from whatsapp.message_event import shape_event
from whatsapp.message_shape import shape_message, unshaped_message
from whatsapp.store import OwnNumber

FIELDS = shape_message(message(text()), OWN).keys()
TYPES = {
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contact",
    "poll",
    "unsupported",
}
CHANGE_FIELDS = {
    "message_edited": {"text", "mentions"},
    "message_deleted": {"by"},
    "message_reaction": {"emoji"},
    "poll_vote": {"options", "chosen", "encrypted"},
}
HEAD = {"v", "id", "chat", "sender", "fromMe", "timestamp", "target"}

any_message = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(data: object) -> object:
    """As the journal, and then the ledger, give it back."""
    json.dumps(data, ensure_ascii=False).encode()
    return json.loads(json_text(data))


@any_message
@given(events(contents()), st.sampled_from([OWN, None]))
def test_every_message_has_all_fields_and_can_be_written(
    event: Message, own: OwnNumber | None
) -> None:
    data = shape_message(event, own)
    assert data.keys() == FIELDS
    assert data["type"] in TYPES
    assert (data["kind"] is not None) == (data["type"] == "unsupported")
    assert written(data) == data


@any_message
@given(events(contents() | changes()), st.sampled_from([OWN, None]))
def test_every_change_has_all_fields_and_can_be_written(
    event: Message, own: OwnNumber | None
) -> None:
    kind, data = shape_event(event, own) or ("message", shape_message(event, own))
    assert data.keys() == (FIELDS if kind == "message" else HEAD | CHANGE_FIELDS[kind])
    assert written(data) == data


@any_message
@given(events(contents()))
def test_what_is_kept_of_a_message_that_cannot_be_shaped_can_be_written(event: Message) -> None:
    data = unshaped_message(event, "2026-01-01T00:00:00.000Z")
    assert data.keys() == FIELDS
    assert written(data) == data
