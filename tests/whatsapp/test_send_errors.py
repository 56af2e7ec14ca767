from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.send_errors import ROWS, UNKNOWN, Fate, read_send_error


class Meaning(NamedTuple):
    """What is made of a text."""

    reason: str
    fate: Fate
    passes: bool = False
    slow: bool = False
    """Whether first contacts are to wait."""


#: Texts that the library was seen to give, or that its source puts together.
MEANINGS: dict[Meaning, list[str]] = {
    Meaning("client_not_ready", "not_sent", passes=True): [
        "client is nil",
    ],
    Meaning("not_logged_in", "not_sent", passes=True): [
        "the store doesn't contain a device JID",
    ],
    Meaning("invalid_recipient", "not_sent"): [
        "message recipient must be a user JID with no device part",
        "failed to get device list: unknown user server 'x'",
    ],
    Meaning("invalid_message", "not_sent"): [
        "proto:\xa0cannot parse invalid wire-format data",
        "failed to marshal message: string field contains invalid UTF-8",
        "failed to send message node: failed to marshal node: x",
    ],
    Meaning("group_not_found", "not_sent"): [
        "failed to get group members: that group does not exist",
    ],
    Meaning("not_in_group", "not_sent"): [
        "failed to get group members: you're not participating in that group",
    ],
    Meaning("rate_limited", "not_sent", passes=True, slow=True): [
        (
            "failed to get device list: failed to send usync query: info query returned status"
            " 429: rate-overlimit"
        ),
        (
            "failed to refresh media connections: failed to query media connections: info query"
            " returned status 429: rate-overlimit"
        ),
        "upload failed with status code 429",
    ],
    Meaning("not_connected", "not_sent", passes=True): [
        "failed to get device list: failed to send usync query: websocket not connected",
        "failed to get group members: websocket disconnected before info query returned response",
        "failed to send message node: websocket not connected",
        "failed to send message node: frame socket is closed",
        (
            "failed to refresh media connections: failed to query media connections: websocket"
            " not connected"
        ),
    ],
    Meaning("lookup_failed", "not_sent", passes=True): [
        (
            "failed to get user info for 5511999990000@s.whatsapp.net to fill LID cache: failed"
            " to send usync query: info query timed out"
        ),
        "failed to get device list: failed to send usync query: context deadline exceeded",
    ],
    Meaning("not_on_whatsapp", "not_sent"): [
        "no LID found for 5511999990000@s.whatsapp.net from server",
    ],
    Meaning("unsupported_chat", "not_sent"): [
        (
            "failed to get broadcast list members: sending to non-status broadcast lists is not"
            " yet supported"
        ),
        "can't send message to unknown server x",
    ],
    Meaning("store_failed", "not_sent", passes=True): [
        "failed to get LID for PN 5511999990000@s.whatsapp.net: database is locked",
        "failed to fetch LID mappings: database is locked",
        "failed to prefetch sessions: database is locked",
        "failed to save cached sessions: database or disk is full",
        "failed to add message to retry store: database is locked",
    ],
    Meaning("encryption_failed", "not_sent", passes=True): [
        "failed to create sender key distribution message to send 3EB0A to 1@g.us: x",
        "failed to encrypt group message to send 3EB0A to 1@g.us: no sender key",
    ],
    Meaning("message_too_large", "not_sent"): [
        "failed to send message node: frame too large (got 16777216 bytes, max 16777216 bytes)",
    ],
    Meaning("link_lost", "unknown"): [
        "failed to send message node: failed to write msg: use of closed network connection",
        "websocket disconnected before message send returned response",
        "websocket disconnected before message send (retry) returned response",
        "websocket not connected",
        "frame socket is closed",
        "failed to write msg: broken pipe",
    ],
    Meaning("no_answer", "unknown"): [
        "timed out waiting for message send response",
        "info query timed out",
        "context deadline exceeded",
        "context canceled",
    ],
    Meaning("refused_by_whatsapp", "refused"): [
        "server returned error 400",
        "server returned error 404",
    ],
    Meaning("not_allowed", "refused"): [
        "server returned error 401",
        "server returned error 403",
    ],
    Meaning("whatsapp_failed", "unknown"): [
        "server returned error 408",
        "server returned error 500",
        "server returned error 503",
    ],
    Meaning("group_changed", "refused", passes=True): [
        "server returned error 421",
    ],
    Meaning("rate_limited", "refused", passes=True, slow=True): [
        "server returned error 429",
    ],
    Meaning("new_contacts_limited", "refused", slow=True): [
        "server returned error 463",
        "server returned error 475",
    ],
    Meaning("stanza_refused", "refused", passes=True): [
        "server returned error 479",
    ],
    Meaning("upload_failed", "not_sent", passes=True): [
        (
            "failed to refresh media connections: failed to query media connections: info query"
            " timed out"
        ),
        "upload failed with status code 401",
        "upload failed with status code 503",
        'failed to execute request: Post "https://mmg.whatsapp.net/mms/image/x": EOF',
        "failed to parse upload response: unexpected EOF",
    ],
    Meaning("file_refused", "not_sent"): [
        "upload failed with status code 400",
    ],
    Meaning("file_too_large", "not_sent"): [
        "upload failed with status code 413",
    ],
    Meaning("unknown", "unknown"): [
        "signal: something new",
        "",
    ],
}
TEXTS = [(text, meaning) for meaning, texts in MEANINGS.items() for text in texts]


@pytest.mark.parametrize(("text", "meaning"), TEXTS, ids=[text for text, _ in TEXTS])
def test_a_text_means_one_thing(text: str, meaning: Meaning) -> None:
    failure = read_send_error(text)
    assert meaning == Meaning(
        failure.reason, failure.fate, failure.is_transient, failure.pauses_slow_lane
    )


@pytest.mark.parametrize("row", ROWS, ids=[row.pattern.pattern for row in ROWS])
def test_every_row_is_the_first_for_some_text(row: object) -> None:
    # As the texts are read: a space that does not break is one.
    texts = [text.replace("\u00a0", " ") for text, _ in TEXTS]
    first = [next((row for row in ROWS if row.pattern.match(text)), UNKNOWN) for text in texts]
    assert row in first


@pytest.mark.parametrize("text", [text for text, meaning in TEXTS if meaning.fate == "unknown"])
def test_what_may_have_left_is_never_sent_again(text: str) -> None:
    assert not read_send_error(text).may_be_sent_again


def test_what_surely_did_not_leave_is_sent_again_if_the_cause_passes() -> None:
    assert read_send_error("failed to send message node: websocket not connected").may_be_sent_again
    assert read_send_error("server returned error 429").may_be_sent_again
    assert not read_send_error("server returned error 463").may_be_sent_again
    assert not read_send_error("no LID found for 1@s.whatsapp.net from server").may_be_sent_again


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("no LID found for 5511999990000@s.whatsapp.net", "no LID found for …@s.whatsapp.net"),
        (
            'failed to execute request: Post "https://mmg.whatsapp.net/x?auth=s&token=t": EOF',
            'failed to execute request: Post "… EOF',
        ),
        ("key " + "aB3/" * 11 + "=", "key …"),
        ("two\nlines\u2028and\x00more", "two lines and more"),
        ("x " * 300, "x " * 100),
    ],
)
def test_the_text_is_kept_short_and_without_numbers_addresses_and_keys(
    text: str, detail: str
) -> None:
    assert read_send_error(text).detail == detail


@given(st.text() | st.from_regex(r"server returned error [0-9]{1,6}"))
def test_any_text_is_read_and_what_is_in_no_row_is_unknown(text: str) -> None:
    failure = read_send_error(text)
    assert len(failure.detail) <= 200
    assert failure.fate != "unknown" or not failure.may_be_sent_again


def test_a_huge_text_takes_no_time_to_speak_of() -> None:
    # Quadratic, it would take hours.
    assert read_send_error("a" * 10_000_000).reason == "unknown"
