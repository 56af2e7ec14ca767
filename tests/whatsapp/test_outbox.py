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
    outbox = Interrupted(channel, journal, FIRST)
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
