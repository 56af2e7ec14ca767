"""What a killed run of the tests leaves behind goes with the next one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from tests import postgresql_server as module
from tests.postgresql_server import PostgresServer
from tests.simulator.real.waiting import wait_until

_RUN = """
import time
from tests.postgresql_server import PostgresServer
server = PostgresServer()
print(server._folder, flush=True)
time.sleep(100)
"""


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Path:
    # A folder of this test's own, which the server's user may enter.
    monkeypatch.setattr(tempfile, "tempdir", None)
    made = Path(tempfile.mkdtemp(prefix="vendeai-abandoned-"))
    made.chmod(0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    monkeypatch.setattr(module, "_YOUNG", -1.0)
    return made


def test_what_a_killed_run_left_is_removed_and_what_is_in_use_is_not(temporary: Path) -> None:
    here = PostgresServer()
    run = subprocess.Popen(
        [sys.executable, "-c", _RUN],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    assert run.stdout is not None
    with run.stdout as out:
        there = Path(out.readline().strip())
    module._clear_abandoned()
    assert there.exists(), "it is in use"
    run.send_signal(signal.SIGKILL)
    run.wait(10)

    def is_cleared() -> bool:
        module._clear_abandoned()
        return not there.exists()

    wait_until(is_cleared)
    here.kill()  # a server that a test has ended for a while is its run's all the same
    module._clear_abandoned()
    here.start()
    psycopg.connect(here.url("postgres")).close()
    here.close()
    temporary.rmdir()
