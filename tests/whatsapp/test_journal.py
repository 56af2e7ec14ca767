from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from whatsapp import journal as journal_module
from whatsapp.journal import Journal
from whatsapp.port import Journalled

NOW = datetime(2026, 11, 24, 14, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


def append(journal: Journal, key: str) -> bool:
    return journal.append("message", key, NOW, {"text": f"olá {key}"}, b"\x00raw")


def keys(journal: Journal, after: int = 0, limit: int = 1000) -> list[str]:
    return [entry.key for entry in journal.unconfirmed(after, limit)]


def test_an_entry_comes_back_as_it_was(journal: Journal) -> None:
    assert journal.append("message", "a", NOW, {"text": "olá a"}, b"\x00raw", "+5521999999999")
    assert journal.unconfirmed(0, 10) == [
        Journalled(1, "message", "a", NOW, {"text": "olá a"}, "+5521999999999", b"\x00raw")
    ]


def test_where_a_file_is_to_be_had_comes_back_too(journal: Journal) -> None:
    source = {"path": "/v/a", "size": 9}
    assert journal.append("message", "a", NOW, {}, b"", None, source)
    (entry,) = journal.unconfirmed(0, 10)
    assert entry.source == source


def test_of_what_is_no_message_or_is_too_large_the_librarys_own_bytes_are_not_reported(
    journal: Journal,
) -> None:
    journal.append("receipt", "a", NOW, {}, b"raw")
    journal.append("message", "b", NOW, {}, b"x" * (journal_module._MOST_RAW + 1))
    journal.append("message", "c", NOW, {}, b"x" * journal_module._MOST_RAW)
    journal.append("sent", "d", NOW, {}, b"raw")
    sizes = [len(entry.raw or b"") for entry in journal.unconfirmed(0, 10)]
    assert sizes == [0, 0, journal_module._MOST_RAW, 3]


def test_a_journal_of_an_earlier_release_is_taken_over_with_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
            " key TEXT NOT NULL UNIQUE, at TEXT NOT NULL, data TEXT NOT NULL, raw BLOB NOT NULL)"
        )
        connection.execute(
            "INSERT INTO entries (kind, key, at, data, raw) VALUES ('message', 'a', ?, '{}', ?)",
            (NOW.isoformat(), b"raw"),
        )
        connection.commit()
    for _ in range(2):
        with closing(Journal(path)) as journal:
            assert journal.unconfirmed(0, 10) == [
                Journalled(1, "message", "a", NOW, {}, None, b"raw")
            ]


def test_the_same_event_delivered_twice_is_one_entry(journal: Journal) -> None:
    assert append(journal, "a")
    assert not append(journal, "a")
    assert keys(journal) == ["a"]


def test_entries_are_read_in_pages_oldest_first(journal: Journal) -> None:
    for key in "abcde":
        append(journal, key)
    assert keys(journal, limit=2) == ["a", "b"]
    assert keys(journal, after=2, limit=2) == ["c", "d"]


def test_confirmed_entries_are_gone_and_their_ids_never_come_back(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    for key in "abc":
        append(journal, key)
    journal.confirm(3)
    journal.close()
    journal = Journal(tmp_path / "journal.db")
    append(journal, "a")
    assert [entry.entry_id for entry in journal.unconfirmed(0, 10)] == [4]
    journal.close()


def test_the_librarys_own_bytes_are_kept(journal: Journal, tmp_path: Path) -> None:
    append(journal, "a")
    connection = sqlite3.connect(tmp_path / "journal.db")
    assert connection.execute("SELECT raw FROM entries").fetchall() == [(b"\x00raw",)]
    connection.close()


def test_the_write_ahead_log_is_emptied_once_a_burst_is_over(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "journal.db-wal"
    for number in range(400):
        append(journal, f"key {number}")
        journal.tidy()
    in_burst = log.stat().st_size
    monkeypatch.setattr(journal_module, "_QUIET_SECONDS", 0.0)
    assert journal.tidy() is None
    append(journal, "the next begins the log anew")
    assert log.stat().st_size == in_burst
    connection = sqlite3.connect(tmp_path / "journal.db")
    assert connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1] < 10
    connection.close()


def test_a_burst_that_lasts_does_not_let_the_write_ahead_log_grow(
    journal: Journal, tmp_path: Path
) -> None:
    for number in range(4000):
        append(journal, f"key {number}")
        journal.tidy()
    assert (tmp_path / "journal.db-wal").stat().st_size < 64 * 1024 * 1024
    assert len(keys(journal, limit=5000)) == 4000


def test_what_was_appended_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    code = (
        "import sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from whatsapp.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for number in range(10**6):\n"
        "    journal.append('message', str(number), datetime.now(UTC), {}, b'')\n"
        "    print(number, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    for _ in range(200):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    printed = process.stdout.read().split()
    process.stdout.close()
    process.wait(10)
    last = int(printed[-1]) if printed else 199
    journal = Journal(path)
    assert keys(journal, limit=10**6)[: last + 1] == [str(number) for number in range(last + 1)]
    journal.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 8)),
        st.tuples(st.just("confirm"), st.integers(0, 30)),
        st.tuples(st.just("reopen"), st.just(0)),
    ),
    max_size=30,
)


@settings(deadline=None, max_examples=40)
@given(steps=STEPS)
def test_in_any_order_of_steps_it_holds_what_was_appended_and_not_confirmed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    journal = Journal(path)
    model: dict[int, str] = {}
    last = 0
    for step, number in steps:
        if step == "append":
            key = f"key {number}"
            is_new = key not in model.values()
            assert append(journal, key) is is_new
            if is_new:
                last = max(entry.entry_id for entry in journal.unconfirmed(last, 10))
                model[last] = key
        elif step == "confirm":
            journal.confirm(number)
            model = {entry_id: key for entry_id, key in model.items() if entry_id > number}
        else:
            journal.close()
            journal = Journal(path)
        assert {e.entry_id: e.key for e in journal.unconfirmed(0, 100)} == model
    journal.close()
