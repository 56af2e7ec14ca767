"""Running a probe in a process that was forked as workers are."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from tests.whatsapp import probes
from tests.whatsapp.reports import Reports
from whatsapp.clients import WorkerClients
from whatsapp.port import ClientEnded, ClientSpec


def told_by_a_worker(
    open_clients: Callable[[], WorkerClients],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> dict[str, Any]:
    """What `probes.tell_of_itself` prints."""
    monkeypatch.setattr("whatsapp.worker_process.enter_worker", probes.tell_of_itself)
    monkeypatch.setattr("whatsapp.worker_log._LONGEST_LINE", 10**6)
    caplog.set_level(logging.INFO, "vendeai.worker")
    reports = Reports()
    open_clients().start(ClientSpec(5), reports)
    assert reports.wait_for(ClientEnded).exit_code == 0
    (line,) = (text for text in caplog.messages if text.startswith("{"))
    told: dict[str, Any] = json.loads(line)
    return told
