"""What a forked worker is, and what it is not."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psutil
import pytest

from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until
from tests.whatsapp.forked_probe import told_by_a_worker
from tests.whatsapp.linking import link, start
from tests.whatsapp.silence import silence
from whatsapp import linux
from whatsapp.clients import WorkerClients
from whatsapp.go_runtime import WHATSAPP_NOISE_ROOT, count_noise_root
from whatsapp.port import ClientStarted, QrShown
from whatsapp.worker_entry import OOM_POINTS, WORKER_FILES

Number = Callable[[], str]

#: What serves HTTP, stores the ledger and runs actors has no business in a worker.
FOREIGN = {"tornado", "sqlalchemy", "alembic", "pykka", "pytest", "_pytest", "uvloop"}
OWN_FOREIGN = {"actors", "web", "persistence", "simulator", "settings", "commands"}


def test_a_worker_has_loaded_the_library_and_nothing_of_the_servers(
    open_clients: Callable[[], WorkerClients],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = told_by_a_worker(open_clients, monkeypatch, caplog)
    packages = {name.partition(".")[0] for name in told["modules"]}
    assert not packages & (FOREIGN | OWN_FOREIGN)
    assert {"neonize", "qrcode", "sqlite3"} <= packages
    assert "neonize.aioze" not in told["modules"]


def test_a_worker_imports_nothing_and_runs_no_main_module_again(
    open_clients: Callable[[], WorkerClients],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As `python main.py serve` starts it."""
    root = Path(linux.__file__).parents[1]
    main = ModuleType("__main__")
    main.__file__ = str(root / "main.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    told = told_by_a_worker(open_clients, monkeypatch, caplog)
    program = "import sys, multiprocessing.forkserver, whatsapp.preload; print(*sys.modules)"
    environment = {**os.environ, "SPHINX": "1", "PYTHONPATH": str(root)}
    forkserver = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    own = set(told["modules"]) - set(forkserver.stdout.split())
    assert {name for name in own if name.partition(".")[0] != "tests"} == set()


def test_a_worker_is_forked_in_order(
    open_clients: Callable[[], WorkerClients],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = told_by_a_worker(open_clients, monkeypatch, caplog)
    before, after = told["threads"]
    assert before == 1  # no Go runtime was forked
    assert after > 1
    assert told["version"] == "0.5.2"
    assert told["umask"] == 0o077
    assert told["ignored"] == ["SIGINT", "SIGTERM", "SIGABRT", "SIGHUP"]
    assert told["is_child_of_forkserver"]


def test_the_forkserver_was_executed_with_gos_environment(
    clients: WorkerClients, number: Number
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    environment = psutil.Process(psutil.Process(shop.pid).ppid()).environ()
    assert environment["GOGC"] == "20"
    assert environment["GOMAXPROCS"] == "2"
    assert environment["GOMEMLIMIT"] == "16MiB"
    assert environment["SPHINX"] == "1"


def test_the_servers_environment_is_as_before_once_the_clients_are_closed(
    open_clients: Callable[[], WorkerClients], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    monkeypatch.setenv("GOMAXPROCS", "7")
    clients = open_clients()
    assert os.environ["GOGC"] == "20"
    clients.close(5)
    assert "GOGC" not in os.environ
    assert os.environ["GOMAXPROCS"] == "7"


def test_a_logged_in_worker_maps_no_library_of_the_servers(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = link(clients, simulator, 5, number())
    maps = Path(f"/proc/{shop.pid}/maps").read_text()
    assert "neonize-linux" in maps
    assert "sqlalchemy" not in maps
    assert "tornado" not in maps


def test_a_worker_starts_no_process_and_so_leaves_no_zombie(
    clients: WorkerClients, number: Number
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    assert psutil.Process(shop.pid).children() == []


def test_when_memory_runs_out_the_kernel_takes_a_worker_before_the_server_and_the_forkserver(
    clients: WorkerClients, number: Number
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    own = oom_adjustment(os.getpid())
    assert oom_adjustment(psutil.Process(shop.pid).ppid()) == own
    assert oom_adjustment(shop.pid) == min(1000, own + OOM_POINTS)


def test_a_worker_may_not_have_the_servers_many_files(
    clients: WorkerClients, number: Number
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    worker = psutil.Process(shop.pid)
    assert worker.rlimit(psutil.RLIMIT_NOFILE) == (WORKER_FILES, WORKER_FILES)
    assert worker.num_fds() < WORKER_FILES / 10


def test_a_given_noise_root_stands_in_the_library_in_place_of_whatsapps(
    clients: WorkerClients, simulator: SimulatorProcess, number: Number
) -> None:
    shop = start(clients, 5, number())
    shop.reports.wait_for(QrShown)
    assert count_noise_root(shop.pid, WHATSAPP_NOISE_ROOT) == 0
    assert count_noise_root(shop.pid, bytes.fromhex(simulator.where["noiseRoot"])) >= 1


def test_without_one_whatsapps_own_stands_there(
    auth_dir: Path, monkeypatch: pytest.MonkeyPatch, number: Number
) -> None:
    with silence() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        clients = WorkerClients(auth_dir, "VendeAI", None, "off")
        try:
            shop = start(clients, 5, number())
            shop.reports.wait_for(ClientStarted)
            assert has_loaded(shop.pid)
            assert count_noise_root(shop.pid, WHATSAPP_NOISE_ROOT) >= 1
        finally:
            clients.close(5)


def oom_adjustment(pid: int) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


def has_loaded(pid: int) -> bool:
    """Wait until the library is in the process."""
    wait_until(lambda: "neonize-linux" in Path(f"/proc/{pid}/maps").read_text())
    return True


def test_no_qr_and_no_pairing_key_is_ever_logged(
    clients: WorkerClients,
    simulator: SimulatorProcess,
    number: Number,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    link(clients, simulator, 5, number())
    text = "\n".join(caplog.messages)
    assert "Successfully paired" in text
    assert "linked_devices" not in text
    assert "2@" not in text
    worker_records = [r for r in caplog.records if r.name == "vendeai.worker"]
    assert {record.__dict__["empresa_id"] for record in worker_records} == {5}
