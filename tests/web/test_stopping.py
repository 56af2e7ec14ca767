"""What a stopping server does not wait for."""

from __future__ import annotations

import time
from pathlib import Path

from tests.web.served import DEADLINE, raw_request, serving


def test_a_body_that_never_comes_keeps_no_server_from_stopping(tmp_path: Path) -> None:
    start = "POST /api/bot/connect/5 HTTP/1.1"
    headers = "Content-Length: 100\r\nExpect: 100-continue\r\n"
    with serving(tmp_path) as served, raw_request(served, start, headers) as raw:
        assert raw.recv(12) == b"HTTP/1.1 100", "its head has been read"
        began = time.monotonic()
        served.stop()
        assert time.monotonic() - began < DEADLINE / 2
