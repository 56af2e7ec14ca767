from __future__ import annotations

import struct
from datetime import UTC, datetime
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whatsapp.frames import (
    MAX_FRAME_BYTES,
    Command,
    Confirm,
    End,
    FrameError,
    FrameReader,
    LogOut,
    encode_frame,
)
from whatsapp.port import (
    Alive,
    Banned,
    ClientEnded,
    ClientEvent,
    ClientOutdated,
    ClientStarted,
    FindPicture,
    FollowPresence,
    JournalKind,
    Journalled,
    LinkChecked,
    LinkDown,
    LinkUp,
    LoggedOut,
    LogoutDone,
    Paired,
    PairingCodeShown,
    PairingFailed,
    QrShown,
    Replaced,
    Send,
    ShowTyping,
    SignalAnswered,
    SignalSeen,
    TellRead,
)

NOW = datetime(2026, 11, 24, 14, 0, 0, 123456, tzinfo=UTC)
EVERYTHING: list[ClientEvent | Command] = [
    ClientStarted(12, linked=True),
    QrShown(b"\x89PNG\x00\xff", 2, NOW),
    PairingCodeShown("ABCD-EFGH", "+5511999990000", NOW),
    PairingFailed("qr_expired", "ninguém leu"),
    Paired("+5511999990000", None),
    LinkUp("+5511999990000", "1@lid"),
    LinkDown("link_silent", ""),
    LinkChecked(1, 0.25, 3),
    Alive(),
    LoggedOut("by the phone"),
    Banned(101, NOW),
    Banned(0, None),
    Replaced(),
    ClientOutdated(),
    Journalled(7, "message", "k", NOW, {"text": "olá 😀\x00", "mentions": []}),
    Journalled(9, "message", "k", NOW, {}, "+5521999999999", b"\x00\xff"),
    *(Journalled(8, kind, "k", NOW, {}) for kind in get_args(JournalKind)),
    LogoutDone(unlinked=False),
    ClientEnded(None, "never"),
    SignalAnswered(1, {"url": None}, None),
    SignalSeen("typing", {"v": 1}),
    TellRead(1, "1@g.us", "2@lid", ["A", "B"]),
    ShowTyping("1@lid", "recording"),
    FollowPresence("1@lid", None, "1@lid", 300.0),
    FindPicture(2, "1@lid"),
    Confirm(7),
    Send("m", "1@lid", {"type": "text", "text": "olá"}, b"\x00\xff"),
    Send("m", "1@lid", {}, b"", "/a/file", {"id": "3EB0", "raw": None, "fromMe": True}),
    LogOut(),
    End(),
]


def frame(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


@pytest.mark.parametrize("value", EVERYTHING, ids=lambda value: type(value).__name__)
def test_every_value_arrives_as_it_was(value: ClientEvent | Command) -> None:
    assert FrameReader().feed(encode_frame(value)) == [value]


@given(st.lists(st.integers(1, 400), max_size=60))
def test_values_arrive_whole_however_the_stream_is_cut(sizes: list[int]) -> None:
    stream = b"".join(encode_frame(value) for value in EVERYTHING)
    reader = FrameReader()
    received = []
    for size in sizes:
        received += reader.feed(stream[:size])
        stream = stream[size:]
    received += reader.feed(stream)
    assert received == EVERYTHING


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type":"Confirm"}',
        b'{"type":"Confirm","entry_id":"1"}',
        b'{"type":"Confirm","entry_id":true}',
        b'{"type":"Confirm","entry_id":1,"more":2}',
        b'{"type":"Popen","args":"sh"}',
        b'{"type":"LinkDown","reason":"bored","detail":""}',
        b'{"type":"LinkUp","phone_number":null,"lid":null}',
        b'{"type":"QrShown","png":"***","attempt":1,"expires_at":"2026-01-01T00:00:00+00:00"}',
        b'{"type":"QrShown","png":"","attempt":1,"expires_at":"soon"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_value_is_refused(payload: bytes) -> None:
    with pytest.raises(FrameError):
        FrameReader().feed(frame(payload))


def test_a_frame_that_is_announced_too_large_is_refused_before_it_is_taken_in() -> None:
    with pytest.raises(FrameError):
        FrameReader().feed(struct.pack(">I", MAX_FRAME_BYTES + 1))


def test_a_value_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(FrameError):
        encode_frame(LoggedOut("x" * MAX_FRAME_BYTES))
