from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from whatsapp import pairing
from whatsapp.pairing import Pairing
from whatsapp.port import (
    ClientEvent,
    ClientOutdated,
    LinkDown,
    PairingCodeShown,
    PairingFailed,
    QrShown,
)


class Outbox:
    """Keeps what the pairing reports."""

    def __init__(self) -> None:
        self.events: list[ClientEvent] = []
        self.arrived = threading.Event()

    def report(self, event: ClientEvent) -> None:
        self.events.append(event)
        self.arrived.set()

    def report_made(self, make: Callable[[], ClientEvent]) -> None:
        self.report(make())


class Clock:
    """A monotonic clock that a test turns."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pairing, "time", clock)
    return clock


def refused(_phone: str) -> str:
    raise ValueError("info query returned status 400: bad-request")


def never() -> None:
    raise AssertionError("the pairing goes on")


def make(outbox: Outbox, phone: str | None, ask: Callable[[str], str] = refused) -> Pairing:
    return Pairing(outbox, phone, ask)  # type: ignore[arg-type]


def test_the_first_qr_lives_a_minute_and_each_further_one_twenty_seconds() -> None:
    outbox = Outbox()
    qrs = make(outbox, None)
    for number in range(1, 4):
        qrs.qr_arrived(f"text {number}", never)
    shown = [event for event in outbox.events if isinstance(event, QrShown)]
    assert [qr.attempt for qr in shown] == [1, 2, 3]
    lives = [(qr.expires_at - datetime.now(UTC)).total_seconds() for qr in shown]
    assert lives == pytest.approx([60, 20, 20], abs=2)
    assert len({qr.png for qr in shown}) == 3


def test_a_code_is_asked_for_once_and_no_qr_is_shown() -> None:
    outbox = Outbox()
    asked = []

    def ask(phone: str) -> str:
        asked.append(phone)
        return "ABCD-EFGH"

    codes = make(outbox, "+5511999990000", ask)
    for number in range(3):
        codes.qr_arrived(f"text {number}", never)
    assert outbox.arrived.wait(5)
    (shown,) = outbox.events
    assert isinstance(shown, PairingCodeShown)
    assert shown.expires_at - datetime.now(UTC) == pytest.approx(
        timedelta(seconds=160), abs=timedelta(seconds=2)
    )
    assert asked == ["+5511999990000"]


def test_a_code_that_whatsapp_refuses_is_the_end() -> None:
    outbox, ended = Outbox(), threading.Event()
    make(outbox, "+5511999990000").qr_arrived("text", ended.set)
    assert ended.wait(5)
    (failed,) = outbox.events
    assert isinstance(failed, PairingFailed)
    assert failed.reason == "pairing_refused"
    assert "400" in failed.detail


@pytest.mark.parametrize(
    ("phone", "reason"), [(None, "qr_expired"), ("+5511999990000", "code_expired")]
)
def test_a_timeout_at_the_end_is_an_expiry(clock: Clock, phone: str | None, reason: str) -> None:
    timed = make(Outbox(), phone, lambda _: "ABCD-EFGH")
    timed.qr_arrived("text", never)
    clock.now += 158
    failure = timed.failure("timeout")
    assert isinstance(failure, PairingFailed)
    assert failure.reason == reason


def test_a_timeout_before_the_end_is_a_lost_connection(clock: Clock) -> None:
    timed = make(Outbox(), None)
    timed.qr_arrived("text", never)
    clock.now += 100
    failure = timed.failure("timeout")
    assert isinstance(failure, LinkDown)
    assert failure.reason == "whatsapp_unreachable"


def test_a_timeout_before_the_first_qr_is_a_lost_connection() -> None:
    assert isinstance(make(Outbox(), None).failure("timeout"), LinkDown)


@pytest.mark.parametrize("status", ["error", "err-scanned-without-multidevice", "whatever"])
def test_every_other_status_is_a_refusal(status: str) -> None:
    failure = make(Outbox(), None).failure(status)
    assert isinstance(failure, PairingFailed)
    assert failure.reason == "pairing_refused"
    assert status in failure.detail


def test_an_outdated_library_is_named() -> None:
    assert make(Outbox(), None).failure("err-client-outdated") == ClientOutdated()
