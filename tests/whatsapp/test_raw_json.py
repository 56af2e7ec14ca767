"""Stored protobufs become JSON in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.whatsapp.protobufs import Message, MessageInfo, e2e, source
from whatsapp.raw_json import raw_json

CHAT = "769185781172756@lid"


def test_a_message_is_given_with_all_that_the_library_reported() -> None:
    info = MessageInfo(MessageSource=source(CHAT, CHAT), ID="3EB0", Timestamp=1)
    context = e2e.MessageContextInfo(messageSecret=b"\0\1")
    said = e2e.Message(conversation="Olá", messageContextInfo=context)
    (found,) = raw_json([Message(Info=info, Message=said).SerializePartialToString()])
    assert isinstance(found, dict)
    assert found["Info"]["ID"] == "3EB0"
    assert found["Info"]["MessageSource"]["Chat"]["Server"] == "lid"
    wanted = {"conversation": "Olá", "messageContextInfo": {"messageSecret": "AAE="}}
    assert found["Message"] == wanted


def test_what_is_not_there_or_cannot_be_read_is_null_and_spoils_no_other() -> None:
    text = Message(Message=e2e.Message(conversation="oi")).SerializePartialToString()
    no_text = Message(Message=e2e.Message(conversation="xx")).SerializePartialToString()
    no_text = no_text.replace(b"xx", b"\xff\xfe")
    found = raw_json([None, b"\xff\xff\xff", text, no_text])
    assert found[:3] == [None, None, {"Message": {"conversation": "oi"}}]
    assert found[3] is None or isinstance(found[3], dict)


def test_a_process_that_gives_no_answer_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("whatsapp.raw_json._ROOT", tmp_path)  # nothing to run is there
    with pytest.raises(OSError, match="cannot be turned into JSON"):
        raw_json([b""])
