"""Without a simulator: the server trusts WhatsApp alone, and says that it cannot reach it."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path

from tests.e2e.browser import Browser
from tests.e2e.server_process import ServerProcess
from tests.simulator.real.waiting import wait_until
from whatsapp.go_library import GoLibraryError
from whatsapp.go_runtime import WHATSAPP_NOISE_ROOT, count_noise_root


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
    except GoLibraryError:
        return False  # not loaded yet


class HangingUp:
    """A proxy that hangs up on everybody, and counts them."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.calls = 0
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _answer(self) -> None:
        with suppress(OSError):
            while True:
                self._socket.accept()[0].close()
                self.calls += 1


def test_a_whatsapp_that_cannot_be_reached_is_said_clearly_and_tried_again(
    tmp_path: Path,
) -> None:
    proxy = HangingUp()
    server = ServerProcess(tmp_path, None, HTTPS_PROXY=proxy.address)
    server.start()
    browser = Browser(server, 1)
    try:
        server.post("/api/bot/connect/1")
        frame = browser.hears("status", state="connecting", reason="whatsapp_unreachable")
        assert "não consegue alcançar o WhatsApp" in frame["data"]["message"]
        assert frame["data"]["connected"] is False
        wait_until(lambda: "não consegue alcançar o WhatsApp" in server.log.read_text())
        wait_until(lambda: proxy.calls >= 3)
        assert server.status(1)["reason"] == "whatsapp_unreachable"
        assert server.post("/api/bot/disconnect/1").json()["success"] is True
        browser.hears("status", state="stopped", reason="pairing_cancelled")
    finally:
        browser.close()
        server.stop()
        proxy.close()
    wait_until(lambda: not server.processes())
