"""What is sent about a message that is there already."""

from __future__ import annotations

from typing import Any

import pytest

from tests.whatsapp.building import NOW_MS, build
from tests.whatsapp.originals import CUSTOMER, GROUP, OWN, context, original
from tests.whatsapp.protobufs import e2e
from whatsapp.original import Original
from whatsapp.unsendable import NotDeletable, NotEditable


@pytest.mark.parametrize("emoji", ["👍", ""])
def test_a_reaction_names_its_target_and_an_empty_one_takes_it_back(emoji: str) -> None:
    target = original(chat=GROUP)
    reaction = build({"type": "reaction", "emoji": emoji}, target=target).reactionMessage
    assert reaction.text == emoji
    # Only a text that is there, and empty, takes a reaction back.
    assert reaction.HasField("text")
    assert reaction.senderTimestampMS == NOW_MS
    assert (reaction.key.ID, reaction.key.participant) == ("3EB0A", CUSTOMER)


def edited(target: Original, **content: Any) -> Any:
    message = build({"type": "edit", "text": "45 mil"} | content, target=target)
    protocol = message.editedMessage.message.protocolMessage
    assert protocol.type == e2e.ProtocolMessage.MESSAGE_EDIT
    assert (protocol.key.ID, protocol.key.fromMe) == ("3EB0A", True)
    assert protocol.timestampMS == NOW_MS
    return protocol.editedMessage


def test_an_edit_brings_the_new_text_and_whom_it_mentions() -> None:
    for stored in (None, e2e.Message(conversation="40 mil")):
        assert edited(original(stored, **OWN)) == e2e.Message(conversation="45 mil")
    mentioned = edited(original(**OWN), mentions=["1@lid"])
    assert mentioned.extendedTextMessage.contextInfo.mentionedJID == ["1@lid"]


@pytest.mark.parametrize("name", ["imageMessage", "videoMessage"])
def test_an_edited_caption_brings_its_picture_again(name: str) -> None:
    stored = e2e.Message(**{name: {"URL": "u", "caption": "40", "contextInfo": context()}})
    content = getattr(edited(original(stored, **OWN)), name)
    assert (content.URL, content.caption) == ("u", "45 mil")
    assert list(content.contextInfo.mentionedJID) == []


def test_an_edited_documents_caption_is_in_its_wrapper() -> None:
    stored = e2e.Message(documentMessage={"URL": "u"})
    wrapped = edited(original(stored, **OWN)).documentWithCaptionMessage.message
    assert wrapped == e2e.Message(documentMessage={"URL": "u", "caption": "45 mil"})


@pytest.mark.parametrize(
    "target",
    [
        original(e2e.Message(conversation="theirs")),
        original(e2e.Message(stickerMessage={"URL": "u"}), **OWN),
        original(e2e.Message(pollCreationMessage={"name": "?"}), **OWN),
    ],
)
def test_only_a_text_or_a_caption_of_ones_own_is_edited(target: Original) -> None:
    with pytest.raises(NotEditable):
        build({"type": "edit", "text": "x"}, target=target)


def test_a_deletion_names_what_is_deleted() -> None:
    message = build({"type": "delete"}, target=original(chat=GROUP))
    assert message == e2e.Message(
        protocolMessage={
            "type": "REVOKE",
            "key": {"remoteJID": GROUP, "fromMe": False, "ID": "3EB0A", "participant": CUSTOMER},
        }
    )


def test_somebody_elses_message_is_deleted_in_a_group_alone() -> None:
    assert build({"type": "delete"}, target=original(**OWN)).protocolMessage.key.fromMe
    with pytest.raises(NotDeletable):
        build({"type": "delete"}, target=original())


def test_a_forward_has_a_secret_of_its_own() -> None:
    stored = e2e.Message(
        pollCreationMessage={"name": "?"}, messageContextInfo={"messageSecret": b"x" * 32}
    )
    sent = build({"type": "forward"}, target=original(stored))
    assert sent.pollCreationMessage.contextInfo.isForwarded
