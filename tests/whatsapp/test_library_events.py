from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.whatsapp.protobufs import (
    ConnectFailure,
    Disconnected,
    KeepAliveTimeout,
    LoggedOut,
    StreamError,
    TemporaryBan,
)
from whatsapp import port
from whatsapp.library_events import final, interruption


@pytest.mark.parametrize(
    ("name", "event", "refusal", "reason"),
    [
        ("Disconnected", Disconnected(), None, "whatsapp_unreachable"),
        ("Disconnected", Disconnected(), "WhatsApp answered 503", "whatsapp_unavailable"),
        ("KeepAliveTimeout", KeepAliveTimeout(ErrorCount=1), None, "link_silent"),
        ("StreamError", StreamError(Code="516"), None, "whatsapp_unavailable"),
    ],
)
def test_an_interruption_is_a_link_that_is_down_for_its_reason(
    name: str, event: Any, refusal: str | None, reason: str
) -> None:
    down = interruption(name, event, refusal)
    assert down is not None
    assert down.reason == reason
    assert final(name, event) is None


@pytest.mark.parametrize(
    ("name", "event", "expected"),
    [
        ("LoggedOut", LoggedOut(OnConnect=False), port.LoggedOut("by the phone")),
        ("LoggedOut", LoggedOut(OnConnect=True), port.LoggedOut("WhatsApp refused the login")),
        ("StreamReplaced", None, port.Replaced()),
        ("ClientOutdated", None, port.ClientOutdated()),
    ],
)
def test_an_end_is_reported_as_what_it_is(name: str, event: Any, expected: Any) -> None:
    assert final(name, event) == expected
    assert interruption(name, event, None) is None


@pytest.mark.parametrize(
    ("reason", "code"),
    [("SEND_TO_TOO_MANY_PEOPLE", 101), ("BROADCAST_LIST", 106), (None, 0)],
)
def test_a_ban_has_whatsapps_own_code_and_its_end(reason: str | None, code: int) -> None:
    value = TemporaryBan.TempBanReason.Value(reason) if reason else None
    ban = final("TemporaryBan", TemporaryBan(Code=value, Expire=3600))
    assert isinstance(ban, port.Banned)
    assert ban.code == code
    assert ban.until is not None
    assert abs(ban.until - datetime.now(UTC) - timedelta(hours=1)) < timedelta(seconds=10)


def test_a_ban_without_an_end_has_none() -> None:
    assert final("TemporaryBan", TemporaryBan(Expire=0)) == port.Banned(0, None)


def test_a_refused_login_says_what_whatsapp_said() -> None:
    event = ConnectFailure(
        Message="go away", Raw={"Tag": "failure", "Attrs": [{"name": "reason", "text": "418"}]}
    )
    end = final("ConnectFailure", event)
    assert end == port.LinkDown("whatsapp_unavailable", "WhatsApp refused the login: 418 go away")
