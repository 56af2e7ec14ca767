from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.originals import context, original
from tests.whatsapp.protobufs import e2e
from whatsapp.forwarding import forwarded
from whatsapp.unsendable import NotForwardable

ONCE = {"forwardingScore": 1, "isForwarded": True}


def test_a_text_is_forwarded_and_says_so() -> None:
    assert forwarded(original(e2e.Message(conversation="oi"))) == e2e.Message(
        extendedTextMessage={"text": "oi", "contextInfo": ONCE}
    )


def test_whom_it_quoted_mentioned_and_came_from_stays_behind_and_so_does_its_secret() -> None:
    ad = {"sourceURL": "https://fb.me/x"}
    stored = e2e.Message(
        extendedTextMessage={"text": "oi", "contextInfo": context(externalAdReply=ad)},
        messageContextInfo={"messageSecret": b"s" * 32},
    )
    assert forwarded(original(stored)) == e2e.Message(
        extendedTextMessage={"text": "oi", "contextInfo": ONCE}
    )


@pytest.mark.parametrize(("before", "after"), [(0, 1), (3, 4), (126, 127), (127, 127)])
def test_each_forwarding_is_counted_as_far_as_whatsapp_counts(before: int, after: int) -> None:
    stored = e2e.Message(imageMessage={"contextInfo": context(forwardingScore=before)})
    info = forwarded(original(stored)).imageMessage.contextInfo
    assert (info.forwardingScore, info.isForwarded) == (after, True)


@pytest.mark.parametrize(
    "content",
    [
        {"imageMessage": {"URL": "u", "mediaKey": b"k", "caption": "olha"}},
        {"videoMessage": {"URL": "u", "mediaKey": b"k"}},
        {"audioMessage": {"URL": "u", "PTT": True}},
        {"documentMessage": {"URL": "u", "fileName": "a.pdf"}},
        {"stickerMessage": {"URL": "u"}},
        {"locationMessage": {"degreesLatitude": 1.5}},
        {"contactMessage": {"displayName": "Ana"}},
        {"contactsArrayMessage": {"contacts": [{"displayName": "Ana"}]}},
        {"pollCreationMessage": {"name": "?", "options": [{"optionName": "a"}]}},
    ],
)
def test_every_other_kind_is_forwarded_as_it_is(content: dict[str, Any]) -> None:
    sent = forwarded(original(e2e.Message(**content)))
    ((name, fields),) = content.items()
    assert sent == e2e.Message(**{name: fields | {"contextInfo": ONCE}})


@pytest.mark.parametrize(
    ("name", "sent_as"),
    [
        ("pollCreationMessageV2", "pollCreationMessage"),
        ("pollCreationMessageV3", "pollCreationMessage"),
        ("ptvMessage", "videoMessage"),
    ],
)
def test_a_kind_for_which_no_stanza_is_written_goes_as_its_plainer_sister(
    name: str, sent_as: str
) -> None:
    sent = forwarded(original(e2e.Message(**{name: {}})))
    assert sent == e2e.Message(**{sent_as: {"contextInfo": ONCE}})


@pytest.mark.parametrize(
    ("wrapper", "content"),
    [
        ("documentWithCaptionMessage", {"documentMessage": {"caption": "a proposta"}}),
        ("lottieStickerMessage", {"stickerMessage": {"isLottie": True}}),
    ],
)
def test_what_is_shown_only_in_a_wrapper_is_put_into_it_again(
    wrapper: str, content: dict[str, Any]
) -> None:
    stored = e2e.Message(ephemeralMessage={"message": {wrapper: {"message": content}}})
    sent = forwarded(original(stored))
    ((name, fields),) = content.items()
    inside = e2e.Message(**{name: fields | {"contextInfo": ONCE}})
    assert sent == e2e.Message(**{wrapper: {"message": inside}})


@pytest.mark.parametrize(
    "stored",
    [
        None,
        e2e.Message(),
        e2e.Message(messageContextInfo={"messageSecret": b"s" * 32}),
        e2e.Message.FromString(b"\x0a\x01\xff"),  # a text that is no UTF-8
        e2e.Message(reactionMessage={"text": "x"}),
        e2e.Message(protocolMessage={"type": "REVOKE"}),
        e2e.Message(viewOnceMessageV2={"message": {"imageMessage": {"URL": "u"}}}),
        e2e.Message(audioMessage={"URL": "u", "viewOnce": True}),
        e2e.Message(groupInviteMessage={"inviteCode": "x"}),
    ],
)
def test_what_is_no_message_to_others_is_not_forwarded(stored: Any) -> None:
    with pytest.raises(NotForwardable) as refused:
        forwarded(original(stored))
    assert refused.value.code == "not_forwardable"
    assert "não pode ser encaminhada" in refused.value.sentence
