"""Real Chromium, Debian's: skipped with a sentence where it is missing, a failure in CI."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

EXECUTABLE = Path("/usr/bin/chromium")
#: A name that any attacker's DNS could point here.
REBOUND = "rebound.example"
CRM_ADDRESS = "localhost:5173"

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def chromium(crm_port: int | None = None) -> Iterator[Browser]:
    """One whose localhost:5173 is at `crm_port`, as another program may use the real one."""
    if not EXECUTABLE.exists():
        missing = f"there is no {EXECUTABLE}: `apt-get install chromium` brings it"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    rules = f"MAP {REBOUND} 127.0.0.1"
    if crm_port is not None:
        rules += f", MAP {CRM_ADDRESS} 127.0.0.1:{crm_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=EXECUTABLE, args=[*_FLAGS, f"--host-resolver-rules={rules}"]
        )
        try:
            yield browser
        finally:
            browser.close()
