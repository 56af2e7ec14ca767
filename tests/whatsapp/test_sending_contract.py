"""What sending takes for granted of neonize 0.5.2, and of the whatsmeow in it.

Looked up in the library's file, which is not loaded: its texts and its SQL stand there as they are.
"""

from __future__ import annotations

import inspect
import mmap
from collections.abc import Iterator
from typing import Any

import pytest

from tests.whatsapp.building import NOW_MS, build
from tests.whatsapp.originals import CUSTOMER, GROUP, OWN, original
from tests.whatsapp.protobufs import e2e, jid
from tests.whatsapp.stores import INSERT, SECRETS_TABLE
from whatsapp.go_runtime import library_path
from whatsapp.sent_secrets import COLUMNS
from whatsapp.uploads import MEDIA_TYPES

from neonize import builder, client  # isort: skip
from neonize.utils.enum import MediaType  # isort: skip


@pytest.fixture(scope="module")
def library() -> Iterator[mmap.mmap]:
    """The bytes of the Go library."""
    with (
        library_path().open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        yield data


def test_a_messages_secret_is_stored_in_the_table_that_is_read(library: mmap.mmap) -> None:
    assert library.find(SECRETS_TABLE.encode()) >= 0
    assert library.find(f"{INSERT}\n".encode()) >= 0
    assert ", ".join(COLUMNS) in INSERT


@pytest.mark.parametrize(
    "text",
    [
        "client is nil",
        "the store doesn't contain a device JID",
        "message recipient must be a user JID",
        "failed to marshal message: ",
        "failed to get device list: ",
        "failed to get group members: ",
        "failed to get user info for %s to fill LID cache: ",
        "that group does not exist",
        "you're not participating in that group",
        "unknown user server",
        "info query returned status %d",
        "websocket not connected",
        "websocket disconnected before %s returned response",
        "no LID found for ",
        "failed to get broadcast list members: ",
        "can't send message to unknown server",
        "failed to get LID for PN ",
        "failed to fetch LID mappings: ",
        "failed to prefetch sessions: ",
        "failed to save cached sessions: ",
        "failed to create sender key ",
        "failed to encrypt group message ",
        "failed to send message node: ",
        "frame socket is closed",
        "frame too large",
        "timed out waiting for message send response",
        "info query timed out",
        "failed to write ",
        "server returned error",
        "failed to refresh media connections: ",
        "upload failed with status code %d",
        "failed to prepare request: ",
        "failed to execute request: ",
        "failed to parse upload response: ",
        "failed to encrypt file: ",
    ],
)
def test_a_text_by_which_a_failure_is_known_is_still_one_of_the_librarys(
    library: mmap.mmap, text: str
) -> None:
    assert library.find(text.encode()) >= 0


def test_the_mark_of_a_bot_on_every_message_to_a_number_can_be_switched_off(
    library: mmap.mmap,
) -> None:
    assert library.find(b"NEONIZE_BOT_TAG") >= 0


def test_a_message_is_sent_as_it_is_unless_it_is_told_to_add_a_secret() -> None:
    source = inspect.getsource(client.NewClient.send_message)
    assert "else:\n            msg = message\n        if add_msg_secret:" in source
    parameters = inspect.signature(client.NewClient.send_message).parameters
    assert parameters["add_msg_secret"].default is False


def test_a_type_of_media_has_the_librarys_number() -> None:
    numbers = {kind: MediaType[name].value for kind, name in MEDIA_TYPES.items()}
    assert numbers == {"image": 0, "video": 1, "audio": 2, "document": 3, "sticker": 0}


def test_bytes_are_uploaded_as_the_type_that_is_given() -> None:
    source = inspect.getsource(client.NewClient.upload)
    assert "mime = media_type" in source
    assert "self.uuid, binary, len(binary), mime.value" in source


def same_time(message: Any) -> Any:
    message.editedMessage.message.protocolMessage.timestampMS = NOW_MS
    return message


@pytest.mark.parametrize("chat", [GROUP, CUSTOMER])
def test_an_edit_is_byte_for_byte_the_librarys(chat: str) -> None:
    ours = build({"type": "edit", "text": "x"}, target=original(chat=chat, **OWN))
    text = e2e.Message(conversation="x")
    theirs = same_time(builder.build_edit(jid(chat), "3EB0A", text))
    assert ours.SerializeToString() == theirs.SerializeToString()


@pytest.mark.parametrize("from_me", [True, False])
def test_a_deletion_in_a_group_is_byte_for_byte_the_librarys(*, from_me: bool) -> None:
    target = original(chat=GROUP, sender="1@lid" if from_me else CUSTOMER, from_me=from_me)
    ours = build({"type": "delete"}, target=target)
    theirs = builder.build_revoke(
        jid(GROUP), jid("1@lid" if from_me else CUSTOMER), "3EB0A", jid("1@lid")
    )
    assert ours.SerializeToString() == theirs.SerializeToString()


def test_the_librarys_deletion_takes_a_lid_of_ours_for_somebody_else() -> None:
    # Which is why it is not used.
    own_number = jid("5511999990000@s.whatsapp.net")
    theirs = builder.build_revoke(jid(CUSTOMER), jid("1@lid"), "3EB0A", own_number)
    assert not theirs.protocolMessage.key.fromMe
