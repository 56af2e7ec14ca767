from __future__ import annotations

from pathlib import Path

from persistence.database import Database
from tests.commands.program import run


def test_migrate_makes_the_database_and_ends(tmp_path: Path) -> None:
    for _ in range(2):
        answer = run("migrate", tmp_path)
        assert answer.returncode == 0, answer.stderr
        assert "this version" in answer.stdout
    file = tmp_path / "data" / "vendeai.db"
    assert Database(f"sqlite:///{file}").state() == "current"
    assert file.stat().st_mode & 0o077 == 0


def test_migrate_of_what_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "vendeai.db").write_bytes(b"no database" * 1000)
    answer = run("migrate", tmp_path)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr


def test_an_unknown_command_is_said_with_those_there_are(tmp_path: Path) -> None:
    answer = run("server", tmp_path)
    assert answer.returncode == 2
    for command in ("serve", "demo", "check", "migrate"):
        assert command in answer.stderr
