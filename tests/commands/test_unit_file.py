"""The systemd unit of docs/ says what the code does, and systemd understands it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from actors.actor import ThreadActor
from actors.reply import ASK_SECONDS
from actors.watchdog import LOOK_SECONDS
from commands import limits
from commands.libraries import PROGRAM
from commands.serve import STOP_SECONDS
from main import main
from settings import read_settings
from tests.commands.program import ROOT
from whatsapp.worker_entry import OOM_POINTS

FILE = ROOT / "docs" / "vendeai.service"
#: Exposure by `systemd-analyze security`, in tenths: what it calls OK ends at 49.
EXPOSURE = 20
#: Refuses memory that can be both written and executed, as MemoryDenyWriteExecute= does.
DENYING = """
import ctypes, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0:
    sys.exit(77)
ctypes.CFUNCTYPE(None)(print)()
"""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def values() -> dict[str, list[str]]:
    found = defaultdict(list)
    for line in FILE.read_text().splitlines():
        if assignment := re.fullmatch(r"([A-Za-z]+)=(.*)", line):
            found[assignment[1]].append(assignment[2])
    return dict(found)


UNIT = values()


def only(name: str) -> str:
    (value,) = UNIT[name]
    return value


def environment() -> dict[str, str]:
    pairs = (each.replace("%S", "/var/lib").partition("=") for each in UNIT["Environment"])
    return {name: value for name, _, value in pairs}


def test_it_runs_the_server_as_make_does(monkeypatch: pytest.MonkeyPatch) -> None:
    python, *line = only("ExecStart").split()
    assert python == only("WorkingDirectory") + "/.venv/bin/python"
    assert line == ["main.py", "serve"]
    monkeypatch.setattr("commands.serve.run", lambda: 17)
    assert main(line[1:]) == 17


def test_its_settings_are_settings_and_their_folders_are_the_ones_it_may_write_to() -> None:
    settings = read_settings(environment())
    state = Path("/var/lib") / only("StateDirectory")
    assert settings.data_dir.parent == settings.auth_dir.parent == state
    assert only("ProtectSystem") == "strict"


def test_it_waits_for_longer_than_the_server_takes_to_stop() -> None:
    assert int(only("TimeoutStopSec")) > STOP_SECONDS + 1
    assert only("Type") == "notify"
    assert "NotifyAccess" not in UNIT, "the main process alone speaks, as it is by default"


def test_an_actor_that_hangs_is_replaced_before_the_watchdog_loses_patience() -> None:
    seconds = int(only("WatchdogSec"))
    replaced = ThreadActor.hang_seconds + LOOK_SECONDS
    assert seconds / 2 + replaced + ASK_SECONDS < seconds


def test_there_is_room_for_its_empresas() -> None:
    empresas = read_settings(environment()).empresas
    need = limits.FILES_BESIDE + limits.FILES_PER_EMPRESA * empresas
    assert int(only("LimitNOFILE")) > need
    need = limits.TASKS_BESIDE + limits.TASKS_PER_EMPRESA * empresas
    assert int(only("TasksMax")) > need


def test_a_worker_that_the_kernel_kills_stops_nobody_and_is_as_near_to_it_as_any_process() -> None:
    assert only("OOMPolicy") == "continue"
    assert int(only("OOMScoreAdjust")) == -OOM_POINTS


@needs_systemd
def test_systemd_understands_it_and_finds_little_that_it_could_harm(tmp_path: Path) -> None:
    unit = tmp_path / FILE.name
    here = FILE.read_text().replace("/opt/vendeai/.venv/bin/python", sys.executable)
    unit.write_text(here)
    assert analyzed("verify", str(unit)) == ""
    analyzed("security", "--offline=true", f"--threshold={EXPOSURE}", str(unit))


def analyzed(*arguments: str) -> str:
    answer = subprocess.run(
        ["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout + answer.stderr


def test_a_worker_can_do_without_memory_that_is_both_written_and_executed() -> None:
    assert only("MemoryDenyWriteExecute") == "yes"
    answer = subprocess.run(
        [sys.executable, "-c", DENYING + PROGRAM],
        cwd=ROOT,
        env={"SPHINX": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 77:
        pytest.skip("this kernel cannot refuse such memory (it is older than 6.3)")
    assert answer.returncode == 0, answer.stderr
