from __future__ import annotations

import pytest

from tests.whatsapp.messages import CUSTOMER_LID, OWN, message, text
from tests.whatsapp.protobufs import Message, e2e, source
from whatsapp.message_event import shape_event

KEYS = {"messageSecret": b"x" * 32}
#: A field of a number that no version of the protocol has given yet.
NOT_KNOWN_YET = b"\xfa\x7f\x02oi"


def kind(event: Message) -> str | None:
    shaped = shape_event(event, OWN)
    return None if shaped is None else shaped[0]


@pytest.mark.parametrize(
    "content",
    [
        e2e.Message(protocolMessage={"type": "APP_STATE_SYNC_KEY_SHARE"}),
        e2e.Message(protocolMessage={"type": "HISTORY_SYNC_NOTIFICATION"}),
        e2e.Message(
            deviceSentMessage={
                "message": {"protocolMessage": {"type": "HISTORY_SYNC_NOTIFICATION"}}
            }
        ),
        e2e.Message(senderKeyDistributionMessage={"groupID": "1@g.us"}),
        e2e.Message(senderKeyDistributionMessage={"groupID": "1@g.us"}, messageContextInfo=KEYS),
    ],
)
def test_what_devices_tell_one_another_is_no_conversation(content: e2e.Message) -> None:
    assert kind(message(content)) is None


def test_a_peer_message_is_no_conversation_whatever_it_holds() -> None:
    assert kind(message(text(), Category="peer")) is None


@pytest.mark.parametrize(
    "content",
    [
        text(),
        e2e.Message(conversation="oi", messageContextInfo=KEYS),
        e2e.Message(senderKeyDistributionMessage={"groupID": "1@g.us"}, conversation="oi"),
        e2e.Message(protocolMessage={"type": "EPHEMERAL_SETTING"}),
        e2e.Message(ephemeralMessage={}),
        e2e.Message(),
    ],
)
def test_everything_else_is_a_message(content: e2e.Message) -> None:
    assert kind(message(content)) == "message"


def test_a_kind_that_no_version_knows_yet_is_not_taken_for_mere_keys() -> None:
    content = e2e.Message(messageContextInfo=KEYS)
    assert kind(message(content)) is None
    content.MergeFromString(NOT_KNOWN_YET)
    _, data = shape_event(message(content), OWN) or ("", {})
    assert (data["type"], data["kind"]) == ("unsupported", "unknown")


def test_what_people_show_to_all_their_contacts_is_said_to_nobody() -> None:
    shown = source("status@broadcast", CUSTOMER_LID, IsGroup=True)
    assert kind(message(text(), shown)) is None
    listed = source("5521988880000@broadcast", CUSTOMER_LID, IsGroup=True)
    assert kind(message(text(), listed)) == "message"
