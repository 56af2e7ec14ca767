"""Chats, as messages tell of them; on each engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Connection, select

from persistence import chats, empresas
from persistence.models import Chat
from tests.persistence.telling import AT, CHAT, LATER, PHONE, change, message, ours

ROW = Chat.empresa_id, Chat.id, Chat.phone, Chat.heard_at


@pytest.fixture(autouse=True)
def _known(connection: Connection) -> None:
    empresas.ensure(connection, [5, 6])


def rows(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(select(*ROW).order_by(Chat.empresa_id))]


def test_a_chat_goes_by_its_jid_and_its_phone_number_and_each_empresa_has_its_own(
    connection: Connection,
) -> None:
    chats.note(connection, {5: [message("a")], 6: [ours("b")]})
    assert rows(connection) == [(5, CHAT, PHONE, AT), (6, CHAT, PHONE, None)]
    assert chats.find(connection, 5, ["nobody", PHONE]) == CHAT
    assert chats.find(connection, 5, [CHAT]) == CHAT
    assert chats.find(connection, 5, ["nobody"]) is None


def test_what_is_known_stays_and_the_later_moment_counts(connection: Connection) -> None:
    later, nameless = AT + LATER, {"id": CHAT, "phone": None}
    chats.note(connection, {5: [message("a", chat=nameless), ours("b", chat=nameless)]})
    assert rows(connection) == [(5, CHAT, None, AT)]
    chats.note(connection, {5: [replace(message("c"), at=later)]})
    chats.note(connection, {5: [message("d", chat=nameless)]})
    chats.note(connection, {5: [ours("e", chat={"id": CHAT, "phone": "+1"})]})
    assert rows(connection) == [(5, CHAT, PHONE, later)]


def test_what_is_no_message_or_of_no_chat_tells_nothing(connection: Connection) -> None:
    strange: tuple[object, ...] = (None, {}, {"id": 5}, {"id": "no address"}, {"id": "1\0@lid"})
    told = [message(str(place), chat=chat) for place, chat in enumerate(strange)]
    chats.note(connection, {5: [*told, change("message_edited", "a", text="novo")]})
    assert rows(connection) == []
