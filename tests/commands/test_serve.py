from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from commands.serve import STOP_SECONDS
from tests.commands.program import DEADLINE, ROOT, Program, run, running
from tests.no_tls import NO_TLS
from tests.simulator.real.waiting import wait_until


def refused(answer: subprocess.CompletedProcess[str], *words: str) -> None:
    """One sentence on stderr, no traceback, exit code 2."""
    assert answer.returncode == 2, answer
    *log, last = answer.stderr.strip().splitlines()
    assert last.startswith("vendeai: ")
    assert all(" INFO " in line for line in log), answer.stderr
    for word in words:
        assert word in last


def test_a_bad_setting_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    refused(run("serve", tmp_path, VENDEAI_PORT="http"), "VENDEAI_PORT", "1 to 65535")
    refused(run("serve", tmp_path, VENDEAI_PROT="1"), "VENDEAI_PROT", "VENDEAI_PORT")
    zone = run("serve", tmp_path, VENDEAI_TIMEZONE="Manaus")
    refused(zone, "VENDEAI_TIMEZONE", "docs/sending.md")
    pace = run("serve", tmp_path, VENDEAI_SENDING='{"perMinute": 0}')
    refused(pace, "VENDEAI_SENDING", "perMinute", "docs/sending.md")


def test_beyond_loopback_without_a_token_it_does_not_start(tmp_path: Path) -> None:
    refused(run("serve", tmp_path, VENDEAI_HOST="0.0.0.0"), "VENDEAI_API_TOKEN")
    assert not (tmp_path / "data").exists()


def test_a_taken_port_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused(run("serve", tmp_path, VENDEAI_PORT=port), port, "VENDEAI_PORT")


def test_an_address_that_is_not_this_machines_ends_the_start(tmp_path: Path) -> None:
    token = "x" * 24
    answer = run("serve", tmp_path, VENDEAI_HOST="203.0.113.7", VENDEAI_API_TOKEN=token)
    refused(answer, "VENDEAI_HOST")
    assert token not in answer.stderr


@pytest.mark.parametrize("name", ["VENDEAI_DATA_DIR", "VENDEAI_AUTH_DIR"])
def test_an_unwritable_folder_ends_the_start_with_one_sentence(tmp_path: Path, name: str) -> None:
    # /proc takes no folder, from root either.
    refused(run("serve", tmp_path, **{name: "/proc/vendeai"}), "/proc/vendeai", name)
    (tmp_path / "file").touch()
    refused(run("serve", tmp_path, **{name: str(tmp_path / "file")}), name)


def test_a_database_that_is_none_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "vendeai.db").write_bytes(b"no database" * 1000)
    refused(run("serve", tmp_path), "vendeai.db")
    refused(run("serve", tmp_path, VENDEAI_DATABASE_URL="mysql://h/d"), "VENDEAI_DATABASE_URL")


def test_a_library_that_does_not_load_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    # A module that stands before the real one and fails as a missing .so does.
    broken = tmp_path / "broken" / "neonize"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise OSError('libmagic.so.1: cannot open')")
    answer = run("serve", tmp_path, PYTHONPATH=str(broken.parent))
    refused(answer, "libmagic.so.1", "make serve")


def test_a_machine_that_starts_no_process_ends_the_start_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import subprocess\n"
        "def refuse(*_, **__):\n"
        "    raise BlockingIOError(11, 'Resource temporarily unavailable')\n"
        "subprocess.Popen = refuse\n"
    )
    refused(run("serve", tmp_path, PYTHONPATH=str(tmp_path)), "temporarily unavailable", "limits")


def test_a_start_that_is_killed_leaves_nothing_behind_that_was_stopped(tmp_path: Path) -> None:
    hanging = tmp_path / "hanging" / "neonize"
    hanging.mkdir(parents=True)
    reached = tmp_path / "reached"
    code = f"import pathlib, signal; pathlib.Path({str(reached)!r}).touch(); signal.pause()"
    (hanging / "__init__.py").write_text(code)
    with running("serve", tmp_path, PYTHONPATH=str(hanging.parent)) as server:
        wait_until(reached.exists)
        (probe,) = psutil.Process(server.process.pid).children()
        probe.suspend()
        server.process.kill()
        probe.wait(DEADLINE)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_second_server_on_the_same_database_ends_with_one_sentence(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    if engine == "postgresql":
        url = request.getfixturevalue("postgresql_server").new_database()
    with running("serve", tmp_path, VENDEAI_DATABASE_URL=url) as first:
        first.until_ready()
        other = {
            "VENDEAI_DATABASE_URL": url,
            "VENDEAI_DATA_DIR": str(tmp_path / "other"),
            "VENDEAI_AUTH_DIR": str(tmp_path / "other_auth"),
        }
        refused(run("serve", tmp_path, **other), "VENDEAI_DATABASE_URL", "Another server")
        assert first.get("/healthz").status_code == 200


def test_a_second_server_on_the_same_credentials_ends_with_one_sentence(tmp_path: Path) -> None:
    with running("serve", tmp_path) as first:
        first.until_ready()
        other = {"VENDEAI_DATA_DIR": str(tmp_path / "other")}
        refused(run("serve", tmp_path, **other), "VENDEAI_AUTH_DIR")
        assert first.get("/healthz").status_code == 200


def test_credentials_and_data_are_for_the_owner_alone(tmp_path: Path) -> None:
    with running("serve", tmp_path) as server:
        server.until_ready()
        httpx.post(f"{server.url}/api/bot/connect/5", timeout=DEADLINE, verify=NO_TLS)
        wait_until((tmp_path / "auth_info" / "empresa_5").exists)
        made = [tmp_path / "auth_info", tmp_path / "data"]
        made += [path for folder in made for path in folder.rglob("*")]
        assert [path for path in made if path.stat().st_mode & 0o077] == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_in_order_and_in_time(tmp_path: Path, number: signal.Signals) -> None:
    with running("serve", tmp_path) as server:
        server.until_ready()
        httpx.post(f"{server.url}/api/bot/connect/5", timeout=DEADLINE, verify=NO_TLS)
        address = f"{server.url.replace('http', 'ws')}/ws?empresa_id=5"
        with connect(address, proxy=None) as browser:
            assert json.loads(browser.recv(DEADLINE))["type"] == "status"
            children = psutil.Process(server.process.pid).children(recursive=True)
            began = time.monotonic()
            server.process.send_signal(number)
            with contextlib.suppress(ConnectionClosed):
                while True:
                    browser.recv(DEADLINE)
            assert browser.close_code == 1001
        assert server.process.wait(STOP_SECONDS) == 0
        assert time.monotonic() - began < STOP_SECONDS
    assert "Traceback" not in server.output
    wait_until(lambda: not any(child.is_running() for child in children))


def test_a_second_signal_ends_it_at_once(tmp_path: Path) -> None:
    with running("serve", tmp_path) as server:
        server.until_ready()
        httpx.post(f"{server.url}/api/bot/connect/5", timeout=DEADLINE, verify=NO_TLS)
        children = psutil.Process(server.process.pid).children(recursive=True)
        os.kill(server.process.pid, signal.SIGTERM)
        server.until_said("stopping")
        os.kill(server.process.pid, signal.SIGTERM)
        # Either the first one was through already, or the second one cut it short.
        assert server.process.wait(DEADLINE) in (0, 128 + signal.SIGTERM)
    wait_until(lambda: not any(child.is_running() for child in children))


def test_a_whatsapp_that_cannot_be_reached_is_said_and_tried_again(tmp_path: Path) -> None:
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        proxy.settimeout(DEADLINE)
        address = "http://{}:{}".format(*proxy.getsockname())
        with running("serve", tmp_path, HTTPS_PROXY=address) as server:
            server.until_ready()
            httpx.post(f"{server.url}/api/bot/connect/5", timeout=DEADLINE, verify=NO_TLS)
            for _ in range(2):
                proxy.accept()[0].close()
            wait_until(lambda: _status(server)["reason"] == "whatsapp_unreachable")
            assert _status(server)["state"] == "connecting"
            server.until_said("whatsapp_unreachable")
            proxy.accept()[0].close()


def _status(server: Program) -> dict[str, object]:
    status: dict[str, object] = server.get("/api/bot/status/5").json()
    return status


def test_logs_are_json_where_that_is_asked_for(tmp_path: Path) -> None:
    with running("serve", tmp_path, VENDEAI_LOG_FORMAT="json") as server:
        server.until_ready()
        assert server.get("/api/bot/sessions").status_code == 200
        server.get("/api/bot/status/7?token=secret-in-the-query")
        server.until_said("/api/bot/status/7")
    records = [json.loads(line) for line in server.output.splitlines()]
    access = [r for r in records if r["logger"] == "vendeai.access"]
    # What pages ask for every few seconds is logged where it fails.
    assert len(access) == 1
    assert access[0]["empresa_id"] == 7
    assert access[0]["status"] == 404
    assert access[0]["path"] == "/api/bot/status/7"
    assert len(access[0]["request_id"]) == 16
    assert "secret-in-the-query" not in server.output


def test_a_simulators_noise_root_is_said_loudly(tmp_path: Path) -> None:
    with running("serve", tmp_path, VENDEAI_NOISE_ROOT="ab" * 32) as server:
        server.until_ready()
    assert "WARNING vendeai.serve: VENDEAI_NOISE_ROOT is set" in server.output


def test_importing_main_imports_nothing_heavy() -> None:
    """No command pays for another, nor a worker for any, should multiprocessing run it there."""
    program = "import sys, runpy; runpy.run_path('main.py', run_name='__mp_main__')"
    program += "; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"tornado", "sqlalchemy", "pykka", "neonize", "asyncio", "commands", "settings"}
    assert heavy.isdisjoint(answer.stdout.split())


def test_it_listens_on_loopback_alone_by_default(tmp_path: Path) -> None:
    with running("serve", tmp_path) as server:
        server.until_ready()
        listening = psutil.Process(server.process.pid).net_connections("inet")
        assert {c.laddr.ip for c in listening if c.status == psutil.CONN_LISTEN} == {"127.0.0.1"}
