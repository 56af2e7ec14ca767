from __future__ import annotations

import io
import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator

import pytest

import logs

QR = "2@u5x8Zz0kq3V+abc/def==,AAAAbbbbCCCC/+0=,ZZZ=,yyy="
SECRETS = [
    QR,
    f"https://wa.me/settings/linked_devices#{QR}",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
    "ABCD-EFGH",
    "1A2B-3C4D",
]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_gets_through(stream: io.StringIO, log_format: str, secret: str) -> None:
    logs.configure(log_format, "INFO", stream)
    logging.getLogger("x").info("here is %s for you", secret, extra={"path": secret})
    logging.getLogger("x").error("failed", exc_info=ValueError(secret))
    assert secret not in stream.getvalue()
    assert QR not in stream.getvalue()
    assert logs.HIDDEN in stream.getvalue()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_token_gets_through(stream: io.StringIO, log_format: str) -> None:
    logs.configure(log_format, "INFO", stream)
    for text in ("Authorization: Bearer s3cret.token~x", "['vendeai.v1', 'bearer.s3cret.token~x']"):
        logging.getLogger("x").info(text)
    assert "s3cret" not in stream.getvalue()
    assert "earer" in stream.getvalue()


@pytest.mark.parametrize(
    "plain",
    [
        "empresa 5",
        "2026-11-24",
        "x2@example.com",
        "+5521999999999",
        "urn:uuid:dfe5535e-DE24-4A9F-8C11-6f0a2b6148cf",
    ],
)
def test_what_is_no_secret_stays(plain: str) -> None:
    assert logs.scrub(plain) == plain


def test_json_lines_carry_the_empresa_and_what_else_is_known(stream: io.StringIO) -> None:
    logs.configure("json", "INFO", stream)
    extra = {"empresa_id": 5, "request_id": "abc", "status": 200}
    logging.getLogger("vendeai.access").info("GET\n%s", "/", extra=extra)
    logging.getLogger("vendeai.access").info("without")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["empresa_id"], first["request_id"], first["status"]) == (5, "abc", 200)
    assert first["message"] == "GET\n/"
    assert first["at"].endswith("Z")
    assert first["level"] == "INFO"
    assert first["logger"] == "vendeai.access"
    assert "empresa_id" not in second


def test_text_lines_name_the_empresa_and_stay_one_line(stream: io.StringIO) -> None:
    logs.configure("text", "INFO", stream)
    logging.getLogger("vendeai.session").info("a\nb", extra={"empresa_id": 5})
    assert stream.getvalue().endswith(" INFO vendeai.session [empresa 5]: a\\nb\n")
    assert stream.getvalue().count("\n") == 1


def test_the_level_is_kept_and_noisy_libraries_stay_at_info(stream: io.StringIO) -> None:
    logs.configure("text", "DEBUG", stream)
    logging.getLogger("vendeai.x").debug("seen")
    logging.getLogger("pykka").debug("whole messages")
    logging.getLogger("httpcore.http11").debug("addresses with passwords")
    assert "seen" in stream.getvalue()
    assert "whole messages" not in stream.getvalue()
    assert "passwords" not in stream.getvalue()


def test_an_actors_death_is_logged_once_by_ours_and_not_again_by_pykka(
    stream: io.StringIO,
) -> None:
    logs.configure("text", "INFO", stream)
    logging.getLogger("pykka").error("Unhandled exception in SessionActor")
    assert not stream.getvalue()


class Gate(io.StringIO):
    """A log whose reader stands still until it may read."""

    def __init__(self) -> None:
        super().__init__()
        self.may = threading.Event()

    def write(self, text: str) -> int:
        assert self.may.wait(10)
        return super().write(text)


def test_what_is_logged_behind_is_written_in_order_as_it_was_with_its_traceback(
    stream: io.StringIO,
) -> None:
    logs.configure("json", "INFO", stream)
    behind, changing = logs.Behind(), ["as it was"]
    for number in range(100):
        logging.getLogger("x").info("%d", number)
    logging.getLogger("x").error("%s", changing, exc_info=ValueError("x"))
    changing[0] = "as it is"
    assert behind.finish(5)
    *numbers, last = (json.loads(line) for line in stream.getvalue().splitlines())
    assert [entry["message"] for entry in numbers] == [str(number) for number in range(100)]
    assert last["message"] == "['as it was']"
    assert last["traceback"].endswith("ValueError: x")
    logging.getLogger("x").info("and then as before")
    assert "as before" in stream.getvalue()


@pytest.mark.usefixtures("stream")
def test_who_logs_does_not_wait_for_who_reads_and_is_told_what_was_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "QUEUED_RECORDS", 10)
    gate = Gate()
    logs.configure("text", "INFO", gate)
    behind = logs.Behind()
    for number in range(50):
        logging.getLogger("x").info("line %d", number)
    gate.may.set()
    deadline, more = time.monotonic() + 10, 0
    while "were dropped" not in gate.getvalue():
        logging.getLogger("x").info("line %d", 50 + more)
        more += 1
        assert time.monotonic() < deadline
    assert behind.finish(5)
    dropped = sum(map(int, re.findall(r"(\d+) records were dropped", gate.getvalue())))
    assert gate.getvalue().count("line") + dropped == 50 + more


@pytest.mark.usefixtures("stream")
def test_a_log_whose_reader_stands_still_is_given_up_in_time() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "w") as pipe:
        logs.configure("text", "INFO", pipe)
        behind = logs.Behind()
        logging.getLogger("x").info("x" * 1_000_000)
        begun = time.monotonic()
        assert not behind.finish(0.2)
        assert time.monotonic() - begun < 5
        os.read(reading, 1_000_000)
        while not behind.finish(0.1):
            os.read(reading, 1_000_000)


def test_a_record_that_does_not_fit_its_arguments_is_written_and_holds_up_nobody(
    stream: io.StringIO,
) -> None:
    logs.configure("text", "INFO", stream)
    behind = logs.Behind()
    logging.getLogger("x").info("%d", "no number")
    assert behind.finish(5)
    assert "'%d' does not fit its arguments: TypeError" in stream.getvalue()
