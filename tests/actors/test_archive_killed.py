from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: How many confirmations are heard before the kill, round after round on one database.
ROUNDS = (1, 30, 100, 300, 1000)


def test_a_killed_archive_leaves_no_hole_and_no_half_and_nothing_confirmed_is_missing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "vendeai.db"
    confirmed: set[tuple[int, str]] = set()
    for number, heard in enumerate(ROUNDS):
        lines = confirmations_until_killed(path, number, heard)
        assert len(lines) >= heard
        for empresa_id, entry_id in (line.split() for line in lines):
            keys = (f"{number}:{entry_id}:{half}" for half in ("first", "second"))
            confirmed |= {(int(empresa_id), key) for key in keys}
        assert confirmed <= stored_without_hole_or_half(path)


def confirmations_until_killed(path: Path, number: int, heard: int) -> list[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.actors.archiving_process", path, str(number)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(heard)]
        process.kill()
        # What it said before it died counts too, but for a line that was cut off.
        rest = process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    return [line for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]


def stored_without_hole_or_half(path: Path) -> set[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ends = dict(connection.execute("SELECT id, last_seq FROM empresas"))
        rows = connection.execute(
            "SELECT empresa_id, seq, key FROM events ORDER BY empresa_id, seq"
        ).fetchall()
    for empresa_id, last_seq in ends.items():
        numbers = [seq for of_empresa, seq, _ in rows if of_empresa == empresa_id]
        assert numbers == list(range(1, last_seq + 1))
    stored = {(empresa_id, key) for empresa_id, _, key in rows}
    assert len(stored) == len(rows)
    for empresa_id, key in stored:
        assert (empresa_id, key.rpartition(":")[0] + ":first") in stored
        assert (empresa_id, key.rpartition(":")[0] + ":second") in stored
    return stored
