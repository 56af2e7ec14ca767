"""Erasings that are killed: `python -m tests.actors.erasing_process FOLDER STRIDE OFFSET`.

For every STRIDE-th statement of those that erase, beginning with number OFFSET: a process starts
a server's actors on a real database and real folders, erases empresa 5, and is killed before that
statement. Another one is the next start, and sees whether all is well. One line of JSON for each:
`statement`, `at` (file and line), `answered` (the erasing was promised), `wrong` (a sentence, or
null). The last line has the number of statements that there are: `statements`.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from tests.actors.erasing_server import AUTH, erase, prepare, wrong_after_next_start

ROOT = Path(__file__).parents[2]
#: Whatever stands in these files belongs to an erasing, from the moment when one is asked for. Not
#: the archive's transaction around it: what is cut off in that is cut off in `erasing.py` too.
ERASING = {
    str(ROOT / name)
    for name in (
        "actors/erasures.py",
        "actors/eraser.py",
        "persistence/erasing.py",
        "whatsapp/folder.py",
    )
}
#: Exit code of a process that had fewer statements than it was to be killed at.
NOT_KILLED = 3


def main() -> None:
    logging.disable(logging.CRITICAL)
    folder, stride, offset = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    template = folder / "template"
    in_a_process(lambda: prepare(template))
    for statement in itertools.count(offset, stride):
        place = folder / f"at {statement}"
        shutil.copytree(template, place)
        status = in_a_process(lambda: erase_and_die(place, statement))  # noqa: B023 - called here
        is_killed = os.WIFSIGNALED(status)
        wrong = place / "wrong"
        in_a_process(lambda: wrong.write_text(wrong_after_next_start(place)))  # noqa: B023 - as above
        found = {
            "statement": statement,
            "at": (place / "at").read_text() if is_killed else "the end",
            "answered": (place / "answered").exists(),
            "wrong": (wrong.read_text() if wrong.exists() else "the next start died") or None,
        }
        print(json.dumps(found), flush=True)  # noqa: T201 - what the test reads
        shutil.rmtree(place)
        if not is_killed:
            print(json.dumps({"statements": statement}), flush=True)  # noqa: T201 - as above
            return


def in_a_process(do: Callable[[], object]) -> int:
    """Fork: everything is imported already. Answers the wait status."""
    pid = os.fork()
    if pid == 0:
        try:
            do()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1]


def erase_and_die(place: Path, statement: int) -> NoReturn:
    """Be killed before that statement, or say that there are fewer."""
    count = itertools.count(1)

    def at_line(frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line" and next(count) == statement:
            name = Path(frame.f_code.co_filename).relative_to(ROOT)
            (place / "at").write_text(f"{name}:{frame.f_lineno}")
            os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    def at_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return at_line if is_asked and frame.f_code.co_filename in ERASING else None

    def asked() -> None:
        is_asked.append(True)

    is_asked: list[bool] = []
    threading.settrace(at_call)
    sys.settrace(at_call)
    asyncio.run(erase(place, asked, (place / "answered").touch))
    assert not (place / AUTH / "empresa_5").exists()
    os._exit(NOT_KILLED)


if __name__ == "__main__":
    main()
