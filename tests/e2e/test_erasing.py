"""Erasing a linked empresa with the real neonize, and a backup that is restored elsewhere."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import httpx

from tests.e2e.browser import Browser, link
from tests.e2e.server_process import DEADLINE, ServerProcess
from tests.no_tls import NO_TLS
from tests.simulator.real.simulator_process import SimulatorProcess
from tests.simulator.real.waiting import wait_until

Browse: TypeAlias = Callable[..., Browser]

ROOT = Path(__file__).parents[2]
SHOP, OTHER, RESTORED = "+5521999990301", "+5521999990302", "+5521999990303"
CUSTOMER = "+5511911110003"
KILLS = 4


def erase(server: ServerProcess, empresa_id: int) -> httpx.Response:
    return httpx.request(
        "DELETE",
        f"{server.url}/api/empresas/{empresa_id}",
        json={"empresaId": empresa_id},
        timeout=DEADLINE,
        verify=NO_TLS,
    )


def is_unknown(server: ServerProcess, empresa_id: int) -> bool:
    return server.get(f"/api/bot/status/{empresa_id}").status_code == 404


def devices(simulator: SimulatorProcess, number: str) -> list[object]:
    found: list[object] = simulator.get(f"/devices?number=%2B{number[1:]}")["devices"]
    return found


def files_with(folder: Path, word: str) -> list[Path]:
    return [
        path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()
    ]


def test_an_erased_empresa_is_off_the_phone_and_off_the_disk_and_begins_anew(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    browser, other = browse(1), browse(2)
    link(server, simulator, browser, SHOP)
    link(server, simulator, other, OTHER)
    simulator.post("/say", **{"from": CUSTOMER, "to": SHOP, "text": "palavra secreta"})
    browser.hears("message", text="palavra secreta")
    ledger_id = browser.frames[0]["ledgerId"] or browse(1).waits(bool)["ledgerId"]
    assert len(devices(simulator, SHOP)) == 1
    assert erase(server, 1).status_code == 202
    frame = browser.waits(lambda frame: frame["type"] == "error", "the end")
    assert frame["data"]["code"] == "empresa_erased"
    assert frame["data"]["unlinked"] is True
    assert is_unknown(server, 1)
    assert devices(simulator, SHOP) == []
    assert not (server.folder / "auth_info" / "empresa_1").exists()
    assert files_with(server.folder, "palavra secreta") == []
    assert files_with(server.folder / "data", SHOP) == []
    assert server.status(2)["connected"] is True

    again = browse(1)
    link(server, simulator, again, SHOP)
    assert again.numbers()[0] == 1
    fresh = server.get("/api/empresas/1/events").json()
    assert fresh["ledgerId"] != ledger_id
    reset = browse(1, f"&since=3&ledger={ledger_id}")
    assert (
        reset.waits(lambda frame: frame["type"] == "reset")["data"]["ledgerId"] == fresh["ledgerId"]
    )


def test_an_erasing_that_is_killed_at_any_moment_is_finished_by_the_next_start(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse
) -> None:
    seed = random.randrange(2**32)  # noqa: S311 - it is printed, to be repeated
    print(f"seed {seed}")  # noqa: T201 - as above
    moments = random.Random(seed)  # noqa: S311 - as above
    for round_ in range(KILLS):
        number = f"+55219999931{round_:02}"
        link(server, simulator, browse(1), number)
        assert erase(server, 1).status_code == 202
        threading.Event().wait(moments.uniform(0, 0.4))
        server.kill()
        server.start()
        wait_until(lambda: is_unknown(server, 1))
        assert not (server.folder / "auth_info" / "empresa_1").exists()
        assert devices(simulator, number) == []
    assert server.stop() == 0
    server.start()
    assert is_unknown(server, 1)


def test_a_backup_of_a_running_server_is_restored_connected_and_complete(
    server: ServerProcess, simulator: SimulatorProcess, browse: Browse, tmp_path: Path
) -> None:
    browser = browse(1)
    link(server, simulator, browser, RESTORED)
    simulator.post("/say", **{"from": CUSTOMER, "to": RESTORED, "text": "antes", "count": 30})
    browser.hears("message", text="antes 10")
    assert command(server, "backup", tmp_path / "copy").returncode == 0
    before = server.get("/api/empresas/1/events").json()["ledgerId"]
    assert command(server, "restore", tmp_path / "copy").returncode == 2
    server.stop()
    for name in ("data", "auth_info"):
        (server.folder / name).rename(server.folder / f"old {name}")
    restored = command(server, "restore", tmp_path / "copy")
    assert restored.returncode == 0, restored.stderr
    server.start()
    wait_until(lambda: server.status(1)["connected"])
    simulator.post("/say", **{"from": CUSTOMER, "to": RESTORED, "text": "depois"})
    again = browse(1, "&since=0")
    again.hears("message", text="depois")
    texts = again.texts()
    assert texts[:10] == [f"antes {number}" for number in range(1, 11)]
    assert len(texts) == len(set(texts))
    numbers = again.numbers()
    assert numbers == list(range(1, len(numbers) + 1))
    assert server.get("/api/empresas/1/events").json()["ledgerId"] != before
    assert [frame for frame in again.frames if frame["type"] == "qr"] == []


def command(server: ServerProcess, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """With the settings of the server."""
    return subprocess.run(
        [sys.executable, "main.py", name, str(folder)],
        cwd=ROOT,
        env=os.environ | server.settings,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
