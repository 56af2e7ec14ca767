"""What may be done to a message, and until when: arithmetic alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from actors.errors import (
    DeleteTooLate,
    EditTooLate,
    MessageNotFound,
    NotEditable,
    NotForwardable,
    NotOwnMessage,
    Refusal,
    TargetDeleted,
    TargetNotSent,
    TextTooLong,
)
from actors.outgoing import StoredOriginal
from actors.referring import (
    DELETED_WITHIN,
    EDITED_WITHIN,
    MAX_CAPTION,
    MAX_TEXT,
    About,
    about_of,
    check,
    shape,
)

AT = datetime(2026, 11, 24, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SAID = {"type": "text", "text": "oi", "gif": None, "viewOnce": False, "location": None}
GROUP = {"id": "1203@g.us", "phone": None, "lid": None, "isGroup": True, "name": None}
WAITING: dict[str, Any] = {"whatsapp_id": None, "seq": None, "state": "queued"}
KINDS = ["reaction", "edit", "delete", "forward", "quote"]


def original(kind: str = "text", **other: Any) -> StoredOriginal:
    """One of ours, a text, unless the test says otherwise; `said` is added to what it says."""
    said = {**SAID, "contacts": None, "choice": None, "type": kind, **other.pop("said", {})}
    known: dict[str, Any] = {
        "whatsapp_id": "3EB0",
        "seq": 7,
        "outgoing_id": None,
        "recipient": None,
        "chat": {"id": "1@lid", "phone": None, "lid": "1@lid", "isGroup": False, "name": None},
        "from_me": True,
        "sender": {"phone": "+5521", "lid": None},
        "at": AT,
        "state": "server_ack",
        "said": said,
        "is_edited": False,
        "is_deleted": False,
        "raw": b"raw",
    }
    return StoredOriginal(**{**known, **other})


def refused(kind: str, target: StoredOriginal, now: datetime = AT) -> type[Refusal] | None:
    about = About("quote" if kind == "quote" else "target", kind, "3EB0")
    try:
        check(about, target, now)
    except Refusal as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_of_ones_own_can_be_edited_deleted_forwarded_answered_and_reacted_to(
    kind: str,
) -> None:
    assert refused(kind, original()) is None


@pytest.mark.parametrize(
    ("kind", "within", "refusal"),
    [("edit", EDITED_WITHIN, EditTooLate), ("delete", DELETED_WITHIN, DeleteTooLate)],
)
def test_what_is_too_late_for_whatsapp_is_refused_to_the_second(
    kind: str, within: timedelta, refusal: type[Refusal]
) -> None:
    assert refused(kind, original(), AT + within) is None
    assert refused(kind, original(), AT + within + SECOND) is refusal
    assert refused("reaction", original(), AT + within + SECOND) is None


def test_what_has_not_left_is_never_too_old() -> None:
    for kind in ("edit", "delete", "reaction", "quote"):
        assert refused(kind, original(**WAITING), AT + timedelta(days=5)) is None
    assert refused("forward", original(**WAITING)) is TargetNotSent


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_done_to_what_was_not_sent_was_deleted_or_is_not_kept(kind: str) -> None:
    for state in ("failed", "cancelled", "unconfirmed"):
        assert refused(kind, original(**{**WAITING, "state": state})) is TargetNotSent
    assert refused(kind, original(is_deleted=True)) is TargetDeleted
    assert refused(kind, original(seq=None)) is MessageNotFound
    assert refused(kind, original(state="failed")) is TargetNotSent


def test_somebody_elses_message_is_not_edited_and_is_deleted_in_a_group_alone() -> None:
    theirs = original(from_me=False)
    assert refused("edit", theirs) is NotOwnMessage
    assert refused("delete", theirs) is NotOwnMessage
    assert refused("delete", original(from_me=False, chat=GROUP)) is None
    for kind in ("reaction", "forward", "quote"):
        assert refused(kind, theirs) is None


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_a_caption_is_edited_where_the_file_is_known(kind: str) -> None:
    assert refused("edit", original(kind)) is None
    assert refused("edit", original(kind, raw=None)) is NotEditable
    assert refused("edit", original(kind, raw=None, **WAITING)) is None
    assert refused("edit", original(kind, said={"viewOnce": True})) is NotEditable


def test_a_new_caption_is_no_longer_than_captions_are() -> None:
    for kind, limit in (("image", MAX_CAPTION), ("text", MAX_TEXT)):
        check(About("target", "edit", "3EB0", "x" * limit), original(kind), AT)
    with pytest.raises(TextTooLong) as raised:
        check(About("target", "edit", "3EB0", "x" * (MAX_CAPTION + 1)), original("image"), AT)
    assert raised.value.fields == {"field": "text", "limit": MAX_CAPTION}


@pytest.mark.parametrize("kind", ["audio", "voice", "sticker", "location", "contact", "poll"])
def test_what_has_neither_text_nor_caption_is_not_edited(kind: str) -> None:
    assert refused("edit", original(kind)) is NotEditable


@pytest.mark.parametrize(
    "kind",
    ["image", "video", "audio", "voice", "document", "sticker", "location", "contact"],
)
def test_all_else_is_forwarded_by_its_bytes_alone(kind: str) -> None:
    assert refused("forward", original(kind)) is None
    assert refused("forward", original(kind, raw=None)) is NotForwardable


@pytest.mark.parametrize(
    "target",
    [
        original("poll"),
        original("unsupported"),
        original(said={"viewOnce": True}),
        original(said={"choice": {"id": "x"}}),
        original("location", said={"location": {"live": True}}),
        original(said={"text": "x" * 65_537}),
    ],
)
def test_what_is_no_message_to_others_is_not_forwarded(target: StoredOriginal) -> None:
    assert refused("forward", target) is NotForwardable


def test_a_text_is_forwarded_by_what_it_says() -> None:
    assert refused("forward", original(raw=None)) is None


def test_what_a_content_is_about_is_its_target_or_what_it_answers() -> None:
    edit = {"type": "edit", "target": "a", "text": "oi"}
    assert about_of(edit) == About("target", "edit", "a", "oi")
    assert about_of({"type": "text", "quote": "a"}) == About("quote", "quote", "a")
    assert about_of({"type": "text", "quote": None}) is None


def test_of_the_other_message_no_more_is_kept_than_is_needed() -> None:
    long = original(said={"text": "x" * 70_000})
    assert len(shape(About("quote", "quote", "a"), long)["said"]["text"]) == 65_536
    assert shape(About("target", "delete", "a"), long)["said"] == {"type": "text"}
    assert shape(About("target", "forward", "a"), long)["said"] == long.said
