"""Without a simulator: the server trusts WhatsApp alone, and says that it cannot reach it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server_process import Browser, ServerProcess
from tests.simulator.real.waiting import wait_until
from whatsapp.go_runtime import WHATSAPP_NOISE_ROOT, GoRuntimeError, count_noise_root


@pytest.fixture(name="alone")
def _alone(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path, None)
    server.start()
    yield server
    server.stop()
    wait_until(lambda: not server.processes())


def test_whatsapps_own_noise_root_is_trusted_unless_another_is_set(tmp_path: Path) -> None:
    # Named here once more, and not taken from the code: this is WhatsApp's published key.
    root = bytes.fromhex("142375574d0a587166aae71ebe516437c4a28b73e3695c6ce1f7f9545da8ee6b")
    assert root == WHATSAPP_NOISE_ROOT
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # A proxy that takes connections and answers nothing: the worker waits for it, and lives.
        proxy = f"http://127.0.0.1:{silent.getsockname()[1]}"
        server = ServerProcess(tmp_path, None, HTTPS_PROXY=proxy)
        server.start()
        try:
            server.post("/api/bot/connect/1")
            wait_until(lambda: has_loaded(server.worker(1), root))
            assert "VENDEAI_NOISE_ROOT" not in server.log.read_text()
        finally:
            server.stop()
    wait_until(lambda: not server.processes())


def has_loaded(pid: int | None, root: bytes) -> bool:
    try:
        return pid is not None and count_noise_root(pid, root) > 0
    except GoRuntimeError:
        return False  # not loaded yet


def test_a_whatsapp_that_cannot_be_reached_is_said_clearly_and_tried_again(
    alone: ServerProcess,
) -> None:
    browser = Browser(alone, 1)
    alone.post("/api/bot/connect/1")
    frame = browser.hears("status", state="reconnecting", reason="whatsapp_unreachable")
    assert "não consegue alcançar o WhatsApp" in frame["data"]["message"]
    assert frame["data"]["connected"] is False
    first = alone.worker(1)
    wait_until(lambda: alone.worker(1) not in {None, first})
    wait_until(lambda: alone.status(1)["reason"] == "whatsapp_unreachable")
    assert alone.post("/api/bot/disconnect/1").json()["success"] is True
    browser.hears("status", state="stopped", reason="pairing_cancelled")
    browser.close()
