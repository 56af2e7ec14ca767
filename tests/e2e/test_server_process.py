from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.server_process import ServerProcess


class NeverReady(ServerProcess):
    """It runs, and then somebody has no patience."""

    def _is_ready(self) -> bool:
        if super()._is_ready():
            assert self.processes()
            raise TimeoutError
        return False


def test_of_a_start_that_fails_no_process_is_left(tmp_path: Path) -> None:
    server = NeverReady(tmp_path, None)
    with pytest.raises(TimeoutError):
        server.start()
    assert server.processes() == []


def test_of_a_server_that_ends_by_itself_the_log_is_shown(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, None, VENDEAI_PORT="http")
    with pytest.raises(AssertionError, match="1 to 65535"):
        server.start()
    assert server.stop() == 0
