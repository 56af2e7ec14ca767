from __future__ import annotations

import base64
import hashlib
import logging

import pytest

from whatsapp.worker_log import WorkerLog, scrub

# The same in every run: they are in the tests' names, by which parallel processes share them out.
KEY = base64.b64encode(hashlib.sha256(b"key").digest()).decode()
REF = "2@" + base64.b64encode(hashlib.sha384(b"reference").digest()).decode()


def records(caplog: pytest.LogCaptureFixture, *chunks: bytes) -> list[tuple[str, str]]:
    caplog.set_level(logging.DEBUG, "vendeai.worker")
    log = WorkerLog(5)
    for chunk in chunks:
        log.feed(chunk)
    log.end()
    assert {record.__dict__["empresa_id"] for record in caplog.records} <= {5}
    return [(record.levelname, record.getMessage()) for record in caplog.records]


def test_lines_become_records_however_they_are_cut(caplog: pytest.LogCaptureFixture) -> None:
    assert records(caplog, b"WARNING a: on", b"e\nINFO b: two\npanic", b": three") == [
        ("WARNING", "a: one"),
        ("INFO", "b: two"),
        ("INFO", "panic: three"),
    ]


def test_a_line_without_an_end_is_cut(caplog: pytest.LogCaptureFixture) -> None:
    found = records(caplog, b"x" * 50_000)
    assert found
    assert all(len(text) <= 8192 for _, text in found)


def test_bytes_that_are_no_text_are_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    assert records(caplog, b"\xff\xfe\n") == [("INFO", "\ufffd\ufffd")]


@pytest.mark.parametrize(
    "secret",
    [
        f"https://wa.me/settings/linked_devices#{REF},{KEY},{KEY},{KEY},1",
        f"{REF},{KEY},{KEY},{KEY}",
        REF,
        f"{KEY},{KEY}",
        "73H2-7DT3",
        "ABCD-EFGH",
    ],
)
def test_what_could_link_a_phone_is_never_logged(
    caplog: pytest.LogCaptureFixture, secret: str
) -> None:
    ((_, text),) = records(caplog, f"INFO whatsmeow: Emitting {secret} now\n".encode())
    assert secret not in text
    assert text.startswith("whatsmeow: Emitting [secret]")


def test_what_could_not_is() -> None:
    line = "Successfully paired 5511999990001:1@s.whatsapp.net at 2026-11-24 with 3EB0ABCD"
    assert scrub(line) == line
