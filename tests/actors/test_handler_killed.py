"""A server that is killed while its handler is at work: no message is skipped, none repeated."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from persistence import empresas, handlers, ledger
from persistence.database import Database
from persistence.handler_values import ChosenHandler
from persistence.values import NewEvent
from tests.fake_clients import said

ROOT = Path(__file__).parents[2]
MESSAGES, CHATS = 150, 10
#: How many texts are stored, of all rounds, before each kill.
ROUNDS = (1, 7, 30, 80, MESSAGES)


def test_across_kills_each_message_is_answered_once_with_what_was_known_then(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'vendeai.db'}")
    database.migrate()
    writer = database.writer()
    with writer.transaction() as connection:
        heads = empresas.ensure(connection, [5])
        handlers.choose(connection, {5: ChosenHandler("echo", {})}, heads)
        entries = [said(each, f"texto {each}", chat=chat(each)) for each in range(MESSAGES)]
        events = [NewEvent("message", each.at, each.data, each.key) for each in entries]
        ledger.append(connection, heads, {5: events})
    writer.close()
    for heard in ROUNDS:
        killed_after(tmp_path, heard)
    # Echo counts what it was told in a conversation, in its memory.
    assert answers(tmp_path) == [
        (f"handler-{number + 1}-1", f"texto {number} ({number // CHATS + 1}")
        for number in range(MESSAGES)
    ]


def chat(number: int) -> dict[str, object]:
    return {"id": f"{1 + number % CHATS}@lid", "phone": None, "isGroup": False}


def killed_after(folder: Path, heard: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.actors.handling_process", folder, str(MESSAGES)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(heard)]
        process.kill()
    assert all(lines)
    assert process.returncode == -signal.SIGKILL


def answers(folder: Path) -> list[tuple[str, str]]:
    """The handler's texts in their order, without the time at their end."""
    with closing(sqlite3.connect(folder / "vendeai.db")) as connection:
        rows = connection.execute("SELECT id, content FROM outgoing ORDER BY number").fetchall()
    found = [(message_id, json.loads(content)["text"]) for message_id, content in rows]
    return [(message_id, text.rpartition(",")[0]) for message_id, text in found]
