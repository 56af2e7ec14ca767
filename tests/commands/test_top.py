"""`python main.py top`: as text, in a terminal, and where it cannot be."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commands.address import local_url
from commands.top_columns import COLUMNS
from tests.commands.program import DEADLINE, ROOT, environment, run
from tests.free_port import free_port
from tests.web.served import TOKEN, Served, serving


def lines(output: str) -> list[list[str]]:
    """The words of each line of the table."""
    return [line.split() for line in output.partition("empresa class")[2].splitlines()[1:]]


def test_once_prints_the_table_and_ends(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.connected(5)
        served.connected(6, "+5521888888888")
        answer = run("top", tmp_path, "--once", "--url", served.url)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert "empresas: 2 (2 connected)" in answer.stdout
        assert all(len(line) == len(COLUMNS) for line in lines(answer.stdout))
        assert ["5", "session", "connected"] in [line[:3] for line in lines(answer.stdout)]


def test_once_sorts_and_filters_as_it_is_told(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.connected(5)
        served.connected(6, "+5521888888888")
        by_class = run("top", tmp_path, "--once", "--url", served.url, "--sort", "class")
        classes = [line[1] for line in lines(by_class.stdout)]
        assert classes == sorted(classes) != []
        chosen = ("--empresa", "6", "--state", "Connected")
        answer = run("top", tmp_path, "--once", "--url", served.url, *chosen)
        assert [line[:3] for line in lines(answer.stdout)] == [["6", "session", "connected"]]
        assert "empresas: 2" in answer.stdout


def test_where_the_server_is_it_knows_from_the_servers_own_settings(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        answer = run("top", tmp_path, "--once", VENDEAI_PORT=str(served.port))
    assert answer.returncode == 0, answer.stderr
    assert "registry" in answer.stdout


def test_the_token_comes_from_the_environment(tmp_path: Path) -> None:
    with serving(tmp_path, TOKEN) as served:
        let_in = run("top", tmp_path, "--once", "--url", served.url, VENDEAI_API_TOKEN=TOKEN)
        assert let_in.returncode == 0, let_in.stderr
        refused = run("top", tmp_path, "--once", "--url", served.url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "set VENDEAI_API_TOKEN" in refused.stderr


def test_without_a_server_once_ends_with_one_sentence(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    answer = run("top", tmp_path, "--once", "--url", url)
    assert (answer.returncode, answer.stdout) == (1, "")
    assert len(answer.stderr.splitlines()) == 1
    assert f"No server can be reached at {url}" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--once", "--sort", "size"], "--sort is 'size': give one of attention, empresa"),
        (["--once", "--url", "localhost"], "--url is none of a server"),
        (["--every", "0"], "--every is 0: give 0.1 seconds or more"),
        (["--every", "nan"], "--every is nan"),
        ([], "This is no terminal: `top --once`"),
        (["--token", "secret"], "unrecognized arguments"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, arguments: list[str], said: str) -> None:
    answer = run("top", tmp_path, *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_port_that_only_the_servers_log_knows_is_asked_for(tmp_path: Path) -> None:
    answer = run("top", tmp_path, "--once", VENDEAI_PORT="0")
    assert answer.returncode == 2
    assert "--url" in answer.stderr


def test_every_address_to_listen_on_is_reached_by_this_machines_own() -> None:
    assert local_url("0.0.0.0", 3010) == "http://127.0.0.1:3010"
    assert local_url("::", 3010) == "http://[::1]:3010"
    assert local_url("127.0.0.1", 3010) == "http://localhost:3010"


def test_in_a_terminal_it_shows_the_actors_until_q(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        served.connected(5)
        screen, code = in_terminal(served, tmp_path, until="connected", then=b"q")
    assert code == 0
    assert "registry" in screen
    assert "Traceback" not in screen


def in_terminal(served: Served, folder: Path, until: str, then: bytes) -> tuple[str, int]:
    """Run it in a terminal, type `then` when this has been shown; all that was, and the code."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "main.py", "top", "--url", served.url],
        cwd=ROOT,
        env=environment(folder, TERM="xterm-256color", COLUMNS="160", LINES="40"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        shown = read_until(ours, until)
        os.write(ours, then)
        shown += read_until(ours, None)
        return shown, process.wait(DEADLINE)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(terminal: int, text: str | None) -> str:
    """What comes until this text has; None: until there is nobody more to write."""
    shown, deadline = b"", time.monotonic() + DEADLINE
    while text is None or text not in without_sequences(shown):
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, without_sequences(shown)
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # the other end is closed
            assert text is None, without_sequences(shown)
            break
    return without_sequences(shown)


def without_sequences(shown: bytes) -> str:
    return re.sub(r"\x1b\[[0-9;?<>=]*[A-Za-z]", "", shown.decode(errors="replace"))


@pytest.mark.parametrize("command", ["serve", "top"])
def test_only_who_looks_at_the_screen_loads_what_draws_it(command: str) -> None:
    program = f"import sys; from commands import {command}; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(answer.stdout.split())
    assert {"textual", "rich"}.isdisjoint(loaded)
    if command == "top":
        assert {"sqlalchemy", "pykka", "neonize", "actors"}.isdisjoint(loaded)
