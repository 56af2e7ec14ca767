from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.whatsapp.messages import OWN
from tests.whatsapp.protobufs import HistorySync, Message
from whatsapp import history
from whatsapp.disk_room import DiskRoom
from whatsapp.history import History
from whatsapp.history_shape import past_messages
from whatsapp.intake import Intake
from whatsapp.journal import Journal
from whatsapp.message_event import shape_event
from whatsapp.port import Journalled

MARIA, PHONE, GROUP = "769185781172756@lid", "5521988880001@s.whatsapp.net", "1203630259@g.us"


def sync_of(count: int = 3, chat: str = MARIA) -> HistorySync:
    """A conversation, its newest text first, as phones tell it; every second text is ours."""
    sync = HistorySync(syncType=HistorySync.INITIAL_BOOTSTRAP, chunkOrder=1)
    conversation = sync.conversations.add(ID=chat, pnJID=PHONE)
    for number in reversed(range(count)):
        info = conversation.messages.add().message
        info.key.remoteJID, info.key.ID, info.key.fromMe = chat, f"3A{number}", number % 2 == 1
        info.messageTimestamp = 1_700_000_000 + number
        info.pushName = "Maria"
        info.message.conversation = f"texto {number}"
    return sync


def shaped(event: Message) -> dict[str, Any]:
    found = shape_event(event, OWN)
    assert found is not None
    assert found[0] == "message"
    return found[1]


def test_a_conversation_is_told_from_its_beginning_with_both_addresses() -> None:
    told = [shaped(event) for event in past_messages(sync_of(), OWN)]
    assert [each["text"] for each in told] == ["texto 0", "texto 1", "texto 2"]
    assert [each["fromMe"] for each in told] == [False, True, False]
    assert {(each["chat"]["lid"], each["chat"]["phone"]) for each in told} == {
        (MARIA, "+5521988880001")
    }
    maria = "+5521988880001"
    assert [each["sender"]["phone"] for each in told] == [maria, OWN.phone, maria]
    assert told[0]["timestamp"] == "2023-11-14T22:13:20.000Z"
    assert (told[0]["chat"]["name"], told[1]["chat"]["name"]) == ("Maria", None)


def test_in_a_group_each_has_its_own_author() -> None:
    sync = sync_of(chat=GROUP)
    for item in sync.conversations[0].messages:
        item.message.participant = MARIA
    first, second, _ = (shaped(event) for event in past_messages(sync, OWN))
    assert first["chat"] == {"id": GROUP, "phone": None, "lid": None, "isGroup": True, "name": None}
    assert (first["sender"]["lid"], second["sender"]["phone"]) == (MARIA, OWN.phone)


def test_what_nobody_said_is_left_out() -> None:
    sync = sync_of(1)
    sync.conversations[0].messages.add().message.key.ID = "joined"
    sync.conversations[0].messages.add().message.message.conversation = "of nobody"
    assert [event.Info.ID for event in past_messages(sync, OWN)] == ["3A0"]


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as journal:
        yield journal


class Place:
    """A folder of credentials, and what comes of history in it."""

    def __init__(self, path: Path, journal: Journal) -> None:
        self.path = path
        self.journal = journal
        self._changed = threading.Condition()
        self.intake = Intake(journal, DiskRoom(path), self._appended)

    def history(self, *, is_known: bool = True) -> History:
        return History(self.path, self.intake, lambda: OWN if is_known else None)

    def entries(self, count: int) -> list[Journalled]:
        """Once there are so many, and no file is left."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._all()) >= count, 10)
        worker = next((t for t in threading.enumerate() if t.name == "history"), None)
        if worker is not None:
            worker.join(10)
        assert list(self.path.glob("history-*")) == []
        return self._all()

    def _appended(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _all(self) -> list[Journalled]:
        return self.journal.unconfirmed(0, 1000)


def test_what_was_said_before_becomes_events_that_say_so(tmp_path: Path, journal: Journal) -> None:
    place = Place(tmp_path, journal)
    place.history().arrived(sync_of(history._SLICE + 10))
    entries = place.entries(history._SLICE + 10)
    assert {(each.kind, each.data["history"]) for each in entries} == {("message", True)}
    assert entries[0].own == OWN.phone
    assert entries[0].raw is not None


def test_what_a_kill_cut_off_begins_anew_and_nothing_is_there_twice(
    tmp_path: Path, journal: Journal
) -> None:
    place = Place(tmp_path, journal)
    place.history(is_known=False).arrived(sync_of(4))  # kept, and nothing more
    place.history().go_on()
    assert len(place.entries(4)) == 4
    place.history().arrived(sync_of(5))
    assert len(place.entries(5)) == 5


def test_a_file_that_cannot_be_read_is_not_tried_for_ever(tmp_path: Path, journal: Journal) -> None:
    (tmp_path / "history-0-0").write_bytes(b"\xff" * 100)
    place = Place(tmp_path, journal)
    place.history().arrived(sync_of(2))
    assert len(place.entries(2)) == 2


def test_history_without_conversations_leaves_nothing(tmp_path: Path, journal: Journal) -> None:
    Place(tmp_path, journal).history().arrived(HistorySync(syncType=HistorySync.PUSH_NAME))
    assert list(tmp_path.glob("history-*")) == []
