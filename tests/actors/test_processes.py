from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from actors import processes as module
from actors.processes import Processes
from tests.simulator.real.waiting import wait_until

SPINNING = "print(flush=True)\nwhile True: pass"
RESTING = "print(flush=True)\ninput()"
NOBODY = 2**22 + 1
"""Above every process id."""


@pytest.fixture(name="start")
def _start() -> Iterator[Any]:
    started: list[subprocess.Popen[bytes]] = []

    def start(program: str) -> subprocess.Popen[bytes]:
        pipe = subprocess.PIPE
        process = subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(autouse=True)
def _every_look_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(module, "WEIGHED_SECONDS", 0.0)


def test_of_a_process_the_kernel_says_what_it_uses(start: Any) -> None:
    pid = start(RESTING).pid
    info = Processes().look([pid], 5)[pid]
    assert info.pid == pid
    assert info.pss is not None
    assert 1 << 20 < info.pss < 1 << 28
    assert info.threads == 1
    assert info.descriptors >= 3
    assert info.cpu_seconds >= 0


def test_the_share_of_a_processor_is_that_since_the_look_before(start: Any) -> None:
    spinning, resting = start(SPINNING).pid, start(RESTING).pid
    processes = Processes()

    def shares() -> tuple[float, float]:
        found = processes.look([spinning, resting], 5)
        return found[spinning].cpu_percent, found[resting].cpu_percent

    shares()
    before = psutil.Process(spinning).cpu_times().user
    wait_until(lambda: psutil.Process(spinning).cpu_times().user >= before + 0.3)
    busy, idle = shares()
    assert busy > idle
    assert busy > 1
    assert idle < 10


def test_a_process_that_is_gone_is_missing(start: Any) -> None:
    process = start(RESTING)
    processes = Processes()
    assert set(processes.look([process.pid, NOBODY], 5)) == {process.pid}
    process.kill()
    process.wait(10)
    assert processes.look([process.pid], 5) == {}


def test_a_look_at_one_does_not_forget_when_the_others_were_looked_at(start: Any) -> None:
    one, other = start(RESTING).pid, start(RESTING).pid
    processes = Processes()
    processes.look([one, other], 5)
    processes.look([one], 5)
    assert set(processes.known([one, other])) == {one, other}


def test_what_nobody_asks_for_is_forgotten(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = start(RESTING).pid, start(RESTING).pid
    processes = Processes()
    processes.look([one, other], 5)
    monkeypatch.setattr(module, "KEPT_SECONDS", -10.0)
    processes.look([one], 5)
    assert set(processes.known([one, other])) == {one}


def test_two_looks_close_together_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(module, "WEIGHED_SECONDS", 60.0)
    processes, pid = Processes(), os.getpid()
    first = processes.look([pid], 5)[pid]
    assert processes.look([pid], 5)[pid] is first


def test_whom_the_time_does_not_reach_is_told_as_it_was_and_comes_first_next_time(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = [start(RESTING).pid for _ in range(3)]
    processes = Processes()
    processes.look(pids, 5)
    before, looked = processes.known(pids), []

    def slow(pid: int, now: float) -> Any:
        looked.append(pid)
        now_or_never.wait(0.2)
        return fresh(pid, now)

    now_or_never, fresh = threading.Event(), processes._fresh
    monkeypatch.setattr(processes, "_fresh", slow)
    begun = time.monotonic()
    after = processes.look(pids, 0.1)
    assert time.monotonic() - begun < 2
    (first,) = looked
    assert after[first] is not before[first]
    assert all(after[pid] is before[pid] for pid in pids if pid != first)
    processes.look(pids, 0.3)
    assert first not in looked[1:]


def test_who_comes_while_another_looks_waits_no_longer_than_he_has_time() -> None:
    processes = Processes()
    begun = time.monotonic()
    with processes._lock:
        assert processes.look([os.getpid()], 0.1) == {}
    assert time.monotonic() - begun < 2


def test_memory_is_looked_at_last_and_not_each_time(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WEIGHED_SECONDS", 60.0)
    pids = [start(RESTING).pid for _ in range(2)]
    weighed: list[int] = []
    weigh = psutil.Process.memory_full_info

    def counting(process: psutil.Process) -> Any:
        weighed.append(process.pid)
        return weigh(process)

    monkeypatch.setattr(psutil.Process, "memory_full_info", counting)
    processes = Processes()
    first, second = processes.look(pids, 5), processes.look(pids, 5)
    assert sorted(weighed) == sorted(pids)
    assert [second[pid].pss for pid in pids] == [first[pid].pss for pid in pids]
