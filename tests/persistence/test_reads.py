"""What was marked as read, until WhatsApp was told; on each engine."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, func, select

from persistence import conversations, erasing, reads, retention
from persistence.conversation_values import Read
from persistence.models import UntoldRead
from tests.persistence.telling import (
    AT,
    CHAT,
    GROUP,
    OTHER_OWN,
    OWN,
    link,
    message,
    ours,
    shown,
    tell,
)

ALL = 1000
GROUP_CHAT = {"id": GROUP, "phone": None, "lid": None, "isGroup": True, "name": None}


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    link(connection)


def mark(connection: Connection, chat: str = CHAT, own: str = OWN) -> None:
    """As the archive's transaction does."""
    reads.note(connection, [(5, own, chat)])
    conversations.mark_read(connection, [(5, own, chat)])


def untold(connection: Connection, limit: int = ALL) -> list[Read]:
    return reads.untold(connection, 5, OWN, limit)


def test_what_was_unread_is_to_be_told_once_it_is_marked_as_read(connection: Connection) -> None:
    tell(connection, message("a"), message("b", 1), ours("o", 2), message("c", 3), message("d", 4))
    assert untold(connection) == []
    mark(connection)
    # Those before what the shop wrote were read on its phone.
    assert untold(connection) == [Read(CHAT, CHAT, ("c", "d"), (4, 5))]
    assert [each.unread for each in shown(connection)] == [0]


def test_what_is_marked_in_silence_is_never_told(connection: Connection) -> None:
    tell(connection, message("a"))
    conversations.mark_read(connection, [(5, OWN, CHAT)])
    tell(connection, message("b", 1))
    mark(connection)
    assert untold(connection) == [Read(CHAT, CHAT, ("b",), (2,))]


def test_marks_add_up_until_they_are_told_and_nothing_is_told_twice(
    connection: Connection,
) -> None:
    tell(connection, message("a"))
    mark(connection)
    mark(connection)
    tell(connection, message("b", 1))
    mark(connection)
    assert untold(connection) == [Read(CHAT, CHAT, ("a", "b"), (1, 2))]
    assert untold(connection, 1) == [Read(CHAT, CHAT, ("a",), (1,))]
    reads.forget(connection, {5: [1], 6: [2]})
    assert untold(connection) == [Read(CHAT, CHAT, ("b",), (2,))]
    mark(connection)
    reads.forget(connection, {5: [2]})
    assert untold(connection) == []


def test_in_a_group_each_author_is_told_as_the_group_addresses_them(
    connection: Connection,
) -> None:
    def said(whatsapp_id: str, key: str | None, lid: str | None = "7@lid") -> None:
        sender = {"phone": "+5521988880007", "lid": lid, "name": None}
        tell(connection, message(whatsapp_id, chat=GROUP_CHAT, sender=sender, key=key))

    said("a", f"message:{GROUP}:7@lid:a")
    said("b", f"message:{GROUP}:5521988880007@s.whatsapp.net:b")
    said("c", f"message:{GROUP}:7@lid:c:d")
    said("e", "sha256:00")
    said("f", None, None)
    mark(connection, GROUP)
    assert untold(connection) == [
        Read(GROUP, "7@lid", ("a", "c", "e"), (1, 3, 4)),
        Read(GROUP, "5521988880007@s.whatsapp.net", ("b", "f"), (2, 5)),
    ]


def test_nothing_is_told_of_another_number(connection: Connection) -> None:
    tell(connection, message("a"))
    mark(connection)
    link(connection, OTHER_OWN)
    assert reads.untold(connection, 5, OTHER_OWN, ALL) == []
    tell(connection, message("b", own=OWN))
    mark(connection, own=OWN)
    link(connection, OWN)
    assert untold(connection) == [Read(CHAT, CHAT, ("a",), (1,))]


def test_of_very_many_only_the_newest_are_told(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "MOST", 2)
    tell(connection, *(message(f"m{number}", number) for number in range(5)))
    mark(connection)
    assert untold(connection) == [Read(CHAT, CHAT, ("m3", "m4"), (4, 5))]


def test_an_unknown_conversation_and_empresa_have_nothing_to_tell(connection: Connection) -> None:
    mark(connection, "nobody@lid")
    reads.note(connection, [(6, OWN, CHAT)])
    assert untold(connection) == []
    assert reads.untold(connection, 6, OWN, ALL) == []


def rows(connection: Connection) -> int | None:
    return connection.scalar(select(func.count()).select_from(UntoldRead))


def test_what_retention_removes_is_not_told_any_more(connection: Connection) -> None:
    tell(connection, message("a"), message("b", 1))
    mark(connection)
    retention.remove(connection, 5, 1, AT)
    assert untold(connection) == [Read(CHAT, CHAT, ("b",), (2,))]
    assert rows(connection) == 1


def test_an_erased_empresa_leaves_nothing_to_tell(connection: Connection) -> None:
    tell(connection, message("a"))
    mark(connection)
    erasing.begin(connection, 5)
    assert erasing.erase_more(connection, 5)
    assert rows(connection) == 0
