"""Conversations between archive and reader: stored with their events, read, marked as read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pykka import ActorRef

from actors import messages as m
from actors import reading as r
from actors.errors import ConversationNotFound, EmpresaNotFound, Unavailable
from actors.reply import ask_blocking
from tests.actors.archiving import AT, Archiving
from tests.persistence.telling import CHAT, OWN, ids, message

WANTED = r.ConversationOf(5, None, (CHAT,))
LIST = r.ConversationsOf(5, None, None, 10)


def linked(archiving: Archiving) -> None:
    archiving.record(5, status=m.StoredStatus(5, "connected", None, AT, OWN, None))
    archiving.ask(m.SetWanted(5, wanted=True))


def test_who_has_heard_of_a_message_finds_it_in_its_conversation(
    archiving: Archiving, reader: ActorRef[Any]
) -> None:
    linked(archiving)
    archiving.subscribe(5)
    archiving.record(5, replace(message("a"), entry_id=1))
    archiving.broadcast.next(m.EventsPublished)
    page = ask_blocking(reader, r.MessagesOf(WANTED, None, None, 10))
    assert (ids(page.messages), page.conversation.unread) == (["a"], 1)
    assert ask_blocking(reader, WANTED) == page.conversation
    assert ask_blocking(reader, LIST) == r.ConversationPage(OWN, (page.conversation,), None)


def test_a_message_that_is_reported_again_is_confirmed_and_counts_once(
    archiving: Archiving, reader: ActorRef[Any]
) -> None:
    linked(archiving)
    for entry_id in (1, 2):
        archiving.record(5, replace(message("a"), entry_id=entry_id))
        assert archiving.session.next(m.EventsRecorded).entry_id == entry_id
    assert ask_blocking(reader, WANTED).unread == 1


def test_what_is_marked_as_read_is_so_once_that_is_answered(
    archiving: Archiving, reader: ActorRef[Any]
) -> None:
    linked(archiving)
    archiving.record(5, replace(message("a"), entry_id=1))
    archiving.ask(r.MarkRead(5, OWN, CHAT))
    assert ask_blocking(reader, WANTED).unread == 0
    archiving.ask(r.MarkRead(5, OWN, "nobody@lid"))
    archiving.ask(r.MarkRead(6, OWN, CHAT))


def test_while_the_database_is_gone_nothing_is_read_or_marked(
    archiving: Archiving, reader: ActorRef[Any]
) -> None:
    linked(archiving)
    archiving.ask(r.MarkRead(5, OWN, CHAT))
    with archiving.site.gone():
        with pytest.raises(Unavailable):
            ask_blocking(reader, WANTED)
        with pytest.raises(Unavailable):
            archiving.ask(r.MarkRead(5, OWN, CHAT))


def test_an_unknown_empresa_and_an_unknown_conversation_are_refused(
    archiving: Archiving, reader: ActorRef[Any]
) -> None:
    for question in (LIST, WANTED, r.MessagesOf(WANTED, None, None, 10)):
        with pytest.raises(EmpresaNotFound):
            ask_blocking(reader, question)
    archiving.ask(m.SetWanted(5, wanted=True))
    assert ask_blocking(reader, LIST) == r.ConversationPage(None, (), None)
    for unknown in (WANTED, r.MessagesOf(WANTED, None, None, 10)):
        with pytest.raises(ConversationNotFound):
            ask_blocking(reader, unknown)
