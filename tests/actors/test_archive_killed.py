from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.databases import SqliteTestDatabase, TestDatabase

ROOT = Path(__file__).parents[2]

#: How many confirmations are heard before the kill, round after round on one database.
ROUNDS = (1, 30, 100, 300, 1000)


def test_a_killed_archive_leaves_no_hole_and_no_half_and_nothing_confirmed_is_missing(
    site: TestDatabase,
) -> None:
    confirmed: set[tuple[int, str]] = set()
    for number, heard in enumerate(ROUNDS):
        lines = confirmations_until_killed(site.url, number, heard)
        assert len(lines) >= heard
        for empresa_id, entry_id in (line.split() for line in lines):
            keys = (f"{number}:{entry_id}:{half}" for half in ("first", "second"))
            confirmed |= {(int(empresa_id), key) for key in keys}
        assert confirmed <= stored_without_hole_or_half(site)


def confirmations_until_killed(url: str, number: int, heard: int) -> list[str]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.actors.archiving_process", url, str(number)],
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


def stored_without_hole_or_half(site: TestDatabase) -> set[tuple[int, str]]:
    if isinstance(site, SqliteTestDatabase):
        assert site.rows("PRAGMA integrity_check") == [("ok",)]
    # At one moment: a server may still be carrying out the commit of a client that is dead.
    found = site.rows(
        "SELECT empresa_id, seq, key, last_seq FROM events JOIN empresas ON id = empresa_id"
        " ORDER BY empresa_id, seq"
    )
    ends = {empresa_id: last_seq for empresa_id, _, _, last_seq in found}
    rows = [(empresa_id, seq, key) for empresa_id, seq, key, _ in found]
    for empresa_id, last_seq in ends.items():
        numbers = [seq for of_empresa, seq, _ in rows if of_empresa == empresa_id]
        assert numbers == list(range(1, last_seq + 1))
    stored = {(empresa_id, key) for empresa_id, _, key in rows}
    assert len(stored) == len(rows)
    for empresa_id, key in stored:
        assert (empresa_id, key.rpartition(":")[0] + ":first") in stored
        assert (empresa_id, key.rpartition(":")[0] + ":second") in stored
    return stored
