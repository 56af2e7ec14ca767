from __future__ import annotations

from itertools import pairwise

import pytest

from tests.whatsapp.messages import OWN, image, message, text
from tests.whatsapp.protobufs import Message, e2e
from whatsapp.message_content import content_of
from whatsapp.message_shape import shape_message

WRAPPERS = [
    field.name
    for field in e2e.Message.DESCRIPTOR.fields
    if field.message_type and field.message_type.name in ("FutureProofMessage", "DeviceSentMessage")
]


def wrapped(content: e2e.Message, *names: str) -> e2e.Message:
    for name in reversed(names):
        outer = e2e.Message()
        getattr(outer, name).message.CopyFrom(content)
        content = outer
    return content


def test_the_protocol_has_the_wrappers_that_are_known_of_and_more() -> None:
    assert {"ephemeralMessage", "viewOnceMessageV2", "documentWithCaptionMessage"} < set(WRAPPERS)
    assert {"editedMessage", "deviceSentMessage", "botInvokeMessage"} < set(WRAPPERS)


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_content_is_found_in_every_wrapper(name: str) -> None:
    content = content_of(wrapped(image("olha"), name))
    assert (content.name, content.value.caption) == ("imageMessage", "olha")


def test_a_content_is_found_in_wrappers_within_wrappers() -> None:
    names = [name for pair in pairwise(WRAPPERS) for name in pair]
    assert content_of(wrapped(text("oi"), *names)).value.text == "oi"


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_around_nothing_is_called_by_its_name(name: str) -> None:
    for empty in (wrapped(e2e.Message(), name), e2e.Message(**{name: {}})):
        data = shape_message(message(empty), OWN)
        assert (data["type"], data["kind"], data["text"]) == ("unsupported", name, None)


def test_what_accompanies_a_content_is_not_taken_for_it() -> None:
    content = e2e.Message(
        senderKeyDistributionMessage={"groupID": "1@g.us"},
        messageContextInfo={"messageSecret": b"x" * 32},
        conversation="oi",
    )
    assert content_of(content).value == "oi"


@pytest.mark.parametrize(
    "content",
    [
        wrapped(image(), "viewOnceMessage"),
        wrapped(image(), "ephemeralMessage", "viewOnceMessageV2"),
        wrapped(image(), "viewOnceMessageV2Extension"),
        e2e.Message(imageMessage={"viewOnce": True}),
        e2e.Message(audioMessage={"viewOnce": True, "PTT": True}),
    ],
)
def test_what_may_be_seen_once_says_so(content: e2e.Message) -> None:
    assert shape_message(message(content), OWN)["viewOnce"] is True


def test_what_the_library_unwrapped_itself_is_still_view_once() -> None:
    event: Message = message(image())
    assert shape_message(event, OWN)["viewOnce"] is False
    event.IsViewOnce = True
    assert shape_message(event, OWN)["viewOnce"] is True
