from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.whatsapp.protobufs import Message, MessageInfo, UndecryptableMessage, e2e, source
from whatsapp import exit_codes, intake
from whatsapp.disk_room import DiskRoom
from whatsapp.frames import FrameReader, encode_frame
from whatsapp.intake import Intake
from whatsapp.journal import Journal


def nobody() -> None:
    """Be told that something was appended."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


@pytest.fixture
def room(tmp_path: Path) -> DiskRoom:
    return DiskRoom(tmp_path)


def text(body: str) -> Message:
    where = source("2924@lid", "2924@lid")
    info = MessageInfo(MessageSource=where, ID=f"ID {body}", Pushname="Ana", Timestamp=1)
    return Message(Info=info, Message=e2e.Message(conversation=body))


def test_a_message_stands_in_the_journal_before_anybody_hears_of_it(
    journal: Journal, room: DiskRoom
) -> None:
    told = []

    def appended() -> None:
        told.extend(journal.unconfirmed(0, 10))

    Intake(journal, room, appended).message(text("oi"), None)
    (entry,) = told
    assert (entry.kind, entry.data["text"]) == ("message", "oi")


def test_a_change_stands_there_under_its_own_kind_and_once(
    journal: Journal, room: DiskRoom
) -> None:
    event = text("oi")
    event.Message.reactionMessage.key.ID = "ABC"
    event.Message.ClearField("conversation")
    taking = Intake(journal, room, nobody)
    taking.message(text("oi"), None)
    taking.message(event, None)
    taking.message(event, None)
    message, change = journal.unconfirmed(0, 10)
    assert (message.kind, change.kind) == ("message", "message_reaction")
    assert change.data["target"]["id"] == "ABC"
    assert message.key.removeprefix("message") == change.key.removeprefix("message_reaction")


def test_where_the_file_of_a_message_is_stands_beside_what_is_published(
    journal: Journal, room: DiskRoom
) -> None:
    event = text("oi")
    document = event.Message.documentMessage
    event.Message.ClearField("conversation")
    document.directPath, document.mediaKey = "/v/a?b", b"k" * 32
    Intake(journal, room, nobody).message(event, None)
    (entry,) = journal.unconfirmed(0, 10)
    assert entry.source is not None
    assert (entry.source["path"], entry.source["key"]) == ("/v/a?b", b"k".hex() * 32)
    assert entry.data["media"]["state"] == "pending"
    assert b"k".hex() * 32 not in str(entry.data)
    reader = FrameReader()
    assert reader.feed(encode_frame(entry)) == [entry]


def test_what_devices_tell_one_another_is_not_kept(journal: Journal, room: DiskRoom) -> None:
    event = text("oi")
    event.Info.Category = "peer"
    Intake(journal, room, nobody).message(event, None)
    assert journal.unconfirmed(0, 10) == []


def test_a_message_whose_bytes_are_no_text_is_kept_as_far_as_it_can_be_read(
    journal: Journal, room: DiskRoom
) -> None:
    event = Message()
    event.MergeFromString(text("oi?").SerializePartialToString().replace(b"oi?", b"oi\xff"))
    Intake(journal, room, nobody).message(event, None)
    (entry,) = journal.unconfirmed(0, 10)
    assert (entry.data["id"], entry.data["text"]) == ("ID oi\ufffd", "oi\ufffd")


def test_a_small_message_that_names_too_many_people_is_kept_with_its_bytes_alone(
    journal: Journal, room: DiskRoom
) -> None:
    event = text("oi")
    event.Message.extendedTextMessage.contextInfo.mentionedJID.extend([""] * 150_000)
    event.Message.ClearField("conversation")
    assert event.Message.ByteSize() < 500_000
    Intake(journal, room, nobody).message(event, None)
    (entry,) = journal.unconfirmed(0, 10)
    assert entry.data["kind"] == "unreadable"
    assert encode_frame(entry)


def test_a_message_that_our_code_fails_on_is_kept_with_its_bytes(
    journal: Journal, room: DiskRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(intake, "shape_event", fail)
    event = text("oi")
    Intake(journal, room, nobody).message(event, None)
    (entry,) = journal.unconfirmed(0, 10)
    assert (entry.data["id"], entry.data["kind"]) == ("ID oi", "unreadable")
    with closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        assert connection.execute("SELECT raw FROM entries").fetchone() == (
            event.SerializePartialToString(),
        )


@pytest.mark.parametrize("body", ["x" * 5_000_000, "\x01" * 1_000_000])
def test_a_message_that_no_frame_can_carry_is_kept_with_its_bytes_alone(
    journal: Journal, room: DiskRoom, body: str
) -> None:
    event = text("oi")
    event.Message.conversation = body
    Intake(journal, room, nobody).message(event, None)
    (entry,) = journal.unconfirmed(0, 10)
    assert (entry.data["id"], entry.data["kind"]) == ("ID oi", "unreadable")
    assert encode_frame(entry)


def test_a_large_message_of_which_little_is_published_is_published(
    journal: Journal, room: DiskRoom
) -> None:
    event = text("oi")
    event.Message.messageContextInfo.messageSecret = bytes(5_000_000)
    Intake(journal, room, nobody).message(event, None)
    (entry,) = journal.unconfirmed(0, 10)
    assert entry.data["text"] == "oi"


def test_a_message_that_cannot_be_parsed_is_kept_once(journal: Journal, room: DiskRoom) -> None:
    taking = Intake(journal, room, nobody)
    taking.unreadable(b"\xff")
    taking.unreadable(b"\xff")
    (entry,) = journal.unconfirmed(0, 10)
    assert entry.data["kind"] == "unreadable"
    assert entry.data["sender"] == {"phone": None, "lid": None, "name": None}


def test_a_confirmation_that_cannot_be_written_is_time_to_leave_and_no_end_at_once(
    journal: Journal, room: DiskRoom
) -> None:
    taking = Intake(journal, room, nobody)
    taking.message(text("oi"), None)
    journal._writer.execute("PRAGMA query_only = ON")
    taking.confirm(1)
    assert os.eventfd_read(room.low) == 1
    assert len(journal.unconfirmed(0, 10)) == 1


def test_a_journal_that_cannot_be_written_ends_the_process(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.whatsapp.test_intake import DiskRoom, Intake, Journal, nobody, text\n"
        "path = Path(sys.argv[1])\n"
        "taking = Intake(Journal(path), DiskRoom(path.parent), nobody)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "for number in range(10**6):\n"
        "    taking.message(text(str(number)), None)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "journal.db")],
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == exit_codes.JOURNAL_UNWRITABLE
    assert "the journal cannot be written" in run.stderr
    journal = Journal(tmp_path / "journal.db")
    assert journal.unconfirmed(0, 1)[0].data["text"] == "0"
    journal.close()


def vote() -> Message:
    event = text("oi")
    event.Message.ClearField("conversation")
    update = event.Message.pollUpdateMessage
    update.pollCreationMessageKey.ID = "POLL"
    update.vote.encPayload, update.vote.encIV = b"sealed", b"\x01" * 12
    return event


def undecryptable(body: str, **other: Any) -> UndecryptableMessage:
    return UndecryptableMessage(Info=text(body).Info, IsUnavailable=False, **other)


def test_what_cannot_be_decrypted_stands_there_once_beside_what_it_becomes(
    journal: Journal, room: DiskRoom
) -> None:
    taking = Intake(journal, room, nobody)
    for _ in range(2):
        taking.undecryptable(undecryptable("oi"), None)
    healed = text("oi")
    healed.RetryCount = 1
    taking.message(healed, None)
    first, second = journal.unconfirmed(0, 10)
    assert (first.kind, first.data["type"]) == ("message_undecryptable", "undecryptable")
    assert (second.kind, second.data["retried"]) == ("message", True)
    assert first.data["id"] == second.data["id"]
    assert first.data.keys() == second.data.keys()


def test_what_nobody_would_see_is_not_kept_when_it_cannot_be_decrypted(
    journal: Journal, room: DiskRoom
) -> None:
    taking = Intake(journal, room, nobody)
    hidden = UndecryptableMessage.DECRYPT_FAIL_HIDE
    taking.undecryptable(undecryptable("oi", DecryptFailMode=hidden), None)
    peer = undecryptable("oi")
    peer.Info.Category = "peer"
    taking.undecryptable(peer, None)
    assert journal.unconfirmed(0, 10) == []


def test_a_vote_says_what_was_chosen(journal: Journal, room: DiskRoom) -> None:
    Intake(journal, room, nobody, lambda _: [b"\x01\xff"]).message(vote(), None)
    (entry,) = journal.unconfirmed(0, 10)
    assert (entry.kind, entry.data["chosen"]) == ("poll_vote", ["01ff"])
    assert entry.data["encrypted"] is None


def test_a_vote_that_cannot_be_read_is_kept_as_it_came(journal: Journal, room: DiskRoom) -> None:
    def chosen(_: object) -> list[bytes]:
        raise ValueError("no such poll")

    Intake(journal, room, nobody, chosen).message(vote(), None)
    (entry,) = journal.unconfirmed(0, 10)
    assert (entry.data["chosen"], entry.data["options"]) == (None, None)
    assert entry.data["encrypted"]["poll"]["id"] == "POLL"
