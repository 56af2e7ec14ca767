"""What the server asks of its machine: reckoned, measured at the real one, and said."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from commands import limits
from settings import Settings
from tests.commands.program import ROOT, environment, running
from whatsapp.folder import EmpresaFolder

NONE = resource.RLIM_INFINITY


def of_this_process(monkeypatch: pytest.MonkeyPatch, files: int = NONE, tasks: int = NONE) -> None:
    hard = {resource.RLIMIT_NOFILE: files, resource.RLIMIT_NPROC: tasks}
    monkeypatch.setattr(resource, "getrlimit", lambda which: (hard[which], hard[which]))


@pytest.fixture(name="roomy")
def _roomy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose own limits are none, and no control group's."""
    monkeypatch.setattr(limits, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(limits, "MACHINE", tmp_path)
    for name in ("threads-max", "pid_max"):
        (tmp_path / name).write_text("4194304\n")


@pytest.mark.usefixtures("roomy")
@pytest.mark.parametrize("hard", [limits.FILES_BESIDE + 100 * limits.FILES_PER_EMPRESA, NONE])
def test_enough_open_files_are_nothing_to_speak_of(
    hard: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_this_process(monkeypatch, files=hard)
    assert limits.shortages(100) == []


@pytest.mark.usefixtures("roomy")
def test_too_few_open_files_are_said_with_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    of_this_process(monkeypatch, files=1024)
    (sentence,) = limits.shortages(300)
    for word in ("1024", "about 103 empresas", "LimitNOFILE=2600", "ulimit -Hn 2600"):
        assert word in sentence


@pytest.mark.usefixtures("roomy")
def test_a_users_limit_of_processes_binds_everybody_but_root(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    of_this_process(monkeypatch, tasks=1000)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert limits.shortages(300) == []
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    (sentence,) = limits.shortages(300)
    for word in ("1000", "about 64 empresas", "LimitNPROC=4300", "ulimit -Hu 4300"):
        assert word in sentence


@pytest.mark.usefixtures("roomy")
def test_a_machine_with_few_processes_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_this_process(monkeypatch)
    (tmp_path / "pid_max").write_text("2048\n")
    (sentence,) = limits.shortages(300)
    assert "sysctl kernel.pid_max=4300" in sentence


def test_a_machine_that_hides_its_limits_is_taken_to_have_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_this_process(monkeypatch)
    monkeypatch.setattr(limits, "CONTROL_GROUPS", tmp_path)
    monkeypatch.setattr(limits, "MACHINE", tmp_path)
    assert limits.shortages(100_000) == []


def test_the_lowest_limit_of_a_group_and_its_parents_counts(tmp_path: Path) -> None:
    group = tmp_path / "system.slice" / "vendeai.service"
    group.mkdir(parents=True)
    groups = "0::/system.slice/vendeai.service\n"
    assert limits.control_group_limit(groups, tmp_path) is None
    (group / "pids.max").write_text("max\n")
    assert limits.control_group_limit(groups, tmp_path) is None
    (group / "pids.max").write_text("9000\n")
    assert limits.control_group_limit(groups, tmp_path) == 9000
    (group.parent / "pids.max").write_text("512\n")
    assert limits.control_group_limit(groups, tmp_path) == 512


def test_the_older_kind_of_control_groups_is_read_as_well(tmp_path: Path) -> None:
    group = tmp_path / "pids" / "docker" / "abc"
    group.mkdir(parents=True)
    (group / "pids.max").write_text("100\n")
    groups = "9:memory:/elsewhere\n8:pids:/docker/abc\n0::/\n"
    assert limits.control_group_limit(groups, tmp_path) == 100


def test_room_is_wanted_for_as_many_as_are_set_or_as_there_are(settings: Settings) -> None:
    assert limits.expected(settings) == settings.empresas == 200
    for empresa_id in range(1, 202):
        EmpresaFolder(settings.auth_dir, empresa_id).make()
    assert limits.expected(settings) == 201


def test_a_server_takes_the_open_files_it_may_have_and_says_that_they_are_too_few(
    tmp_path: Path,
) -> None:
    few = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (300, 600));"
    few += "from main import main; sys.exit(main(['serve']))"
    with running([sys.executable, "-c", few], tmp_path) as server:
        server.until_ready()
        assert psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_NOFILE) == (600, 600)
        said = [line for line in server.output.splitlines() if "open files is 600" in line]
    assert len(said) == 1
    assert "WARNING vendeai.serve" in said[0]
    assert "about 50 empresas, and 200 need 1800" in said[0]


def test_check_says_it_for_the_number_that_is_set(tmp_path: Path) -> None:
    few = "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (600, 600));"
    few += "from main import main; sys.exit(main(['check']))"
    for number, code in (("50", 0), ("51", 1)):
        answer = subprocess.run(
            [sys.executable, "-c", few],
            cwd=ROOT,
            env=environment(tmp_path, VENDEAI_EMPRESAS=number),
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == code, answer.stdout
        assert ("wrong: The hard limit of open files is 600" in answer.stdout) == bool(code)
