"""An erasing that is killed before one statement or another: the next start finishes it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEADLINE = 100.0
#: Every so-manieth statement is the one; with 1 it takes minutes and is all of them.
STRIDE = 25


def test_an_erasing_that_is_killed_anywhere_is_finished_by_the_next_start(tmp_path: Path) -> None:
    offset = random.randint(1, STRIDE)  # noqa: S311 - a printed seed
    print(f"every {STRIDE}th statement from number {offset} on")  # noqa: T201 - to repeat it
    line = [sys.executable, "-m", "tests.actors.erasing_process"]
    ended = subprocess.run(
        [*line, str(tmp_path), str(STRIDE), str(offset)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    *kills, last = (json.loads(line) for line in ended.stdout.splitlines())
    assert [kill for kill in kills if kill["wrong"] is not None] == []
    assert last["statements"] > 200
    assert {kill["answered"] for kill in kills} == {True, False}
    files = {kill["at"].partition(":")[0] for kill in kills}
    assert {"actors/erasures.py", "persistence/erasing.py", "whatsapp/folder.py"} <= files
