import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.records import SqliteRecords

WRITE_AND_DIE = """
import os, sys
from simulator.records import SqliteRecords
records = SqliteRecords(sys.argv[1])
records.put("kind", "single", b"1")
with records.transaction():
    records.put("kind", "together", b"2")
    with records.transaction():
        records.put("kind", "nested", b"3")
with records.transaction():
    records.put("kind", "half", b"4")
    os.kill(os.getpid(), 9)
"""


def test_what_was_written_survives_a_kill_but_for_a_transaction_that_had_not_ended(
    tmp_path: Path,
) -> None:
    path = tmp_path / "records"
    died = subprocess.run(
        [sys.executable, "-c", WRITE_AND_DIE, str(path)], cwd=Path.cwd(), check=False
    )
    assert died.returncode == -9
    written = [key for key, _ in SqliteRecords(path).items("kind")]
    assert written == ["nested", "single", "together"]


def test_a_transaction_that_fails_leaves_nothing_behind() -> None:
    records = SqliteRecords(":memory:")
    records.put("kind", "key", b"before")

    def write_and_fail() -> None:
        with records.transaction():
            records.put("kind", "key", b"after")
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    assert records.get("kind", "key") == b"before"


def test_an_inner_failure_that_is_handled_does_not_undo_the_outer_transaction() -> None:
    records = SqliteRecords(":memory:")
    with records.transaction():
        records.put("kind", "a", b"1")
        with pytest.raises(KeyError), records.transaction():
            raise KeyError
    assert records.get("kind", "a") == b"1"


def test_items_are_those_of_one_kind_in_order() -> None:
    records = SqliteRecords(":memory:")
    for kind, key in (("a", "2"), ("b", "0"), ("a", "1")):
        records.put(kind, key, os.fsencode(key))
    assert records.items("a") == [("1", b"1"), ("2", b"2")]
    records.delete("a", "1")
    records.delete("a", "never there")
    assert records.items("a") == [("2", b"2")]
    assert records.get("a", "1") is None
