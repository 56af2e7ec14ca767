from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whatsapp.journal import Journal
from whatsapp.outbox import Outbox
from whatsapp.port import ClientStarted, LinkDown

DEADLINE = 10.0
FIRST = ClientStarted(1, linked=True)
LATE = LinkDown("link_silent", "late")


class Channel:
    """A socket that takes nothing while its gate is closed."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()
        self.sent = b""

    def sendall(self, data: bytes) -> None:
        self.asked.set()
        assert self.gate.wait(DEADLINE)
        self.sent += data


def nothing() -> None:
    """Be told that the journal failed."""


class Interrupted(Outbox):
    """Something is reported at the very moment at which its thread has been woken."""

    awake: threading.Event

    def _wait(self, seconds: float | None) -> None:
        super()._wait(seconds)
        if self.awake.is_set():
            self.awake.clear()
            self.report(LATE)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


def test_what_is_being_written_is_waited_for_before_a_process_may_end(journal: Journal) -> None:
    channel: Any = Channel()
    Interrupted.awake = threading.Event()
    outbox = Interrupted(channel, journal, FIRST, nothing)
    assert outbox.flush(DEADLINE)
    channel.gate.clear()
    channel.asked.clear()
    Interrupted.awake.set()
    outbox.journal_has_more()
    assert channel.asked.wait(DEADLINE)
    assert not outbox.flush(0.1)
    channel.gate.set()
    assert outbox.flush(DEADLINE)
    assert b"late" in channel.sent


def test_a_journal_that_fails_is_told_and_nobody_waits_for_the_reports_any_more(
    journal: Journal,
) -> None:
    channel: Any = Channel()
    failed = threading.Event()
    outbox = Outbox(channel, journal, FIRST, failed.set)
    assert outbox.flush(DEADLINE)
    journal._reader.execute("DROP TABLE entries")  # as good as any error of its disk's
    outbox.journal_has_more()
    assert failed.wait(DEADLINE)
    outbox.report(LATE)
    assert outbox.flush(DEADLINE)


def test_an_outbox_whose_server_is_gone_keeps_nobody_waiting(journal: Journal) -> None:
    class Closed(Channel):
        def sendall(self, data: bytes) -> None:
            raise ConnectionResetError(len(data))

    channel: Any = Closed()
    assert Outbox(channel, journal, FIRST, nothing).flush(DEADLINE)
