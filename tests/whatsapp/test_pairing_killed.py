"""A first pairing that is killed at any moment: the next start has the old state or the new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from secrets import randbits

import pytest

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.whatsapp.linking import link, scan, start
from whatsapp.clients import WorkerClients
from whatsapp.folder import EmpresaFolder
from whatsapp.port import ClientEnded, LinkUp, QrShown

KILLS = 12
#: Seconds after the scan within which a pairing and its first login are over.
PAIRING_SECONDS = 0.4

#: Pairs as a worker does, and is killed at the start of the so-manieth line of the folder's code.
KILLED_AT_A_LINE = """
import os, signal, sqlite3, sys
from pathlib import Path
from tests.whatsapp.test_folder import link
from whatsapp.folder import EmpresaFolder
left = int(sys.argv[2])
def trace(frame, event, argument):
    global left
    if not frame.f_code.co_filename.endswith("whatsapp/folder.py"):
        return None
    if event == "line":
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace
folder = EmpresaFolder(Path(sys.argv[1]), 5)
sys.settrace(trace)
with folder.locked():
    database = folder.open_store()
    link(database)
    folder.settle_on(database)
    folder.keep_only(database)
"""


def test_killed_at_any_line_of_the_folders_code_the_next_start_is_healthy(tmp_path: Path) -> None:
    line, status = 0, -signal.SIGKILL
    while status == -signal.SIGKILL:
        line += 1
        auth_dir = tmp_path / str(line)
        auth_dir.mkdir()
        arguments = [sys.executable, "-c", KILLED_AT_A_LINE, str(auth_dir), str(line)]
        status = subprocess.run(arguments, check=False, timeout=30).returncode
        folder = EmpresaFolder(auth_dir, 5)
        with folder.locked():
            was_linked = folder.linked()
            database = folder.open_store()
            assert folder.linked() == was_linked
            folder.settle_on(database)
            folder.keep_only(database)
        assert [path.name for path in folder.path.glob("*-*")] == [database.parent.name]
    assert status == 0
    assert line > 20


@pytest.mark.timeout(180)
def test_killed_at_random_moments_the_next_start_logs_in_or_shows_a_qr(
    clients: WorkerClients, simulator: SimulatorProcess, number: Callable[[], str]
) -> None:
    seed = randbits(32)
    print(f"seed {seed}")  # noqa: T201 - with it a run is repeated
    random = Random(seed)  # noqa: S311 - moments
    for empresa_id in range(1, KILLS + 1):
        phone = number()
        first = start(clients, empresa_id, phone)
        scan(simulator, first.reports, phone)
        threading.Event().wait(random.uniform(0, PAIRING_SECONDS))
        os.kill(first.pid, signal.SIGKILL)
        first.ended()
        again = start(clients, empresa_id, phone)
        wait_until(lambda a=again: a.reports.of(LinkUp) + a.reports.of(QrShown))  # type: ignore[misc]
        if again.reports.of(QrShown):
            again.client.kill()
            again.ended()
            again = link(clients, simulator, empresa_id, phone)
        assert again.reports.wait_for(LinkUp).phone_number == phone
        assert again.reports.of(ClientEnded) == []
        again.client.end()
        again.ended()
