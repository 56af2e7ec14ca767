"""A server whose log nobody reads."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from commands.serve import STOP_SECONDS
from tests.commands.program import ROOT, environment
from tests.simulator.real.waiting import wait_until

#: Requests whose records fill a pipe several times.
REQUESTS = 3000


def test_a_server_whose_log_nobody_reads_answers_and_ends_in_time(tmp_path: Path) -> None:
    settings = environment(tmp_path)
    url = f"http://127.0.0.1:{settings['VENDEAI_PORT']}"
    with (
        subprocess.Popen(
            [sys.executable, "main.py", "serve"],
            cwd=ROOT,
            env=settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as server,
        httpx.Client(base_url=url, timeout=10) as client,
    ):
        wait_until(lambda: _answers(client), 30)
        for _ in range(REQUESTS):
            assert client.get("/api/bot/status/5").status_code == 404
        assert client.get("/healthz").status_code == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(STOP_SECONDS + 3) == 0


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.HTTPError:
        return False
