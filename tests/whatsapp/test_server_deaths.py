"""A server that dies, or whose whole group is signalled: nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.simulator.real.waiting import wait_until
from tests.whatsapp.processes import is_alive
from tests.whatsapp.silence import silence
from whatsapp.linux import ENDING_SIGNALS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def doomed_server(tmp_path: Path) -> Iterator[dict[str, list[int]]]:
    """A server with three workers whose dials are pending; killed at the latest after the test."""
    with silence() as proxy:
        environment = os.environ | {"HTTPS_PROXY": proxy, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.whatsapp.server_script", str(tmp_path / "auth"), "3"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        pids = json.loads(process.stdout.readline())
        yield {
            "server": [process.pid],
            "forkserver": [pids["forkserver"]],
            "workers": pids["workers"],
        }
        process.kill()
        process.stdout.close()
        process.wait(10)


@pytest.mark.parametrize("stopped", [[], ["workers"], ["forkserver"], ["workers", "forkserver"]])
def test_a_killed_server_leaves_nothing_behind_whatever_was_stopped(
    doomed_server: dict[str, list[int]], stopped: list[str]
) -> None:
    for name in stopped:
        for pid in doomed_server[name]:
            os.kill(pid, signal.SIGSTOP)
    os.kill(doomed_server["server"][0], signal.SIGKILL)
    mine = [*doomed_server["forkserver"], *doomed_server["workers"]]
    began = time.monotonic()
    wait_until(lambda: not any(is_alive(pid) for pid in mine))
    # For so long the worker of a next server waits for the folder.
    assert time.monotonic() - began < 3.0


@pytest.mark.parametrize("number", ENDING_SIGNALS)
def test_signals_reach_no_forkserver_that_is_still_loading(
    tmp_path: Path, number: signal.Signals
) -> None:
    with silence() as proxy:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.whatsapp.server_script", str(tmp_path / "auth"), "1"],
            cwd=ROOT,
            env=os.environ | {"HTTPS_PROXY": proxy, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            wait_until(lambda: psutil.Process(process.pid).children())
            (forkserver,) = psutil.Process(process.pid).children()
            os.kill(forkserver.pid, number)
            assert json.loads(process.stdout.readline())["forkserver"] == forkserver.pid
        finally:
            process.kill()
            process.stdout.close()
            process.wait(10)


def test_a_server_has_no_other_child_than_its_forkserver(
    doomed_server: dict[str, list[int]],
) -> None:
    children = psutil.Process(doomed_server["server"][0]).children()
    assert [child.pid for child in children] == doomed_server["forkserver"]


def test_a_server_that_its_watchdog_ends_with_all_its_processes_leaves_nothing_behind(
    doomed_server: dict[str, list[int]],
) -> None:
    for pids in doomed_server.values():
        for pid in pids:
            os.kill(pid, signal.SIGABRT)
    wait_until(lambda: not any(is_alive(pid) for pids in doomed_server.values() for pid in pids))


def test_signals_to_the_whole_group_reach_no_worker(doomed_server: dict[str, list[int]]) -> None:
    mine = [*doomed_server["forkserver"], *doomed_server["workers"]]
    for number in ENDING_SIGNALS:
        for pid in mine:
            os.kill(pid, number)
    assert all(is_alive(pid) for pid in mine)
    own_session = os.getsid(doomed_server["server"][0])
    assert own_session not in {os.getsid(pid) for pid in doomed_server["workers"]}
